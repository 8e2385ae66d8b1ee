package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostCheckFilterTest {
    private final HostCheckFilter filter =
            new HostCheckFilter(List.of("Admin.Example.com", "panel.example:8443"), false);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "LocalHost.",
                "localhost.:8080",
                "127.0.0.1",
                "192.168.1.7:8080",
                "203.0.113.7",
                "[::1]",
                "[2001:db8::1]:8080",
                "switchboard",
                "myserver:80",
                "a.b.localhost",
                "printer.local:631",
                "host.docker.internal:8080",
                "admin.example.com",
                "ADMIN.example.com.:8080",
                "panel.example"
            })
    void allowsAddressesAndNamesThatNobodyCanRegister(String header) {
        assertThat(filter.allows(header)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example.",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1.nip.io:8080",
                "1.2.3.4.5",
                "evillocalhost.com",
                "x.notlocal",
                "[::1].evil.example",
                "www.admin.example.com"
            })
    void refusesNamesThatSomebodyMayHaveRegistered(String header) {
        assertThat(filter.allows(header)).isFalse();
    }
}
