package io.switchboard.transport.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.listener.ListenerControl.Difference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;

class ListenerChangeTest {

    private static ListenerProperties bind(Map<String, Object> keys) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        source.put("x.port", 0);
        keys.forEach((key, value) -> source.put("x." + key, value));
        return new Binder(List.of(source), null, new ApplicationConversionService(), null, null)
                .bind("x", ListenerProperties.class)
                .get();
    }

    private static Difference between(Map<String, Object> before, Map<String, Object> after) {
        return ListenerChange.between(bind(before), bind(after));
    }

    @Test
    void equalKeysAreNoDifference() {
        Map<String, Object> keys =
                Map.of(
                        "identify.pattern", "^(?<name>a)",
                        "groups", "a,b",
                        "webhook.url", "http://127.0.0.1/");
        assertThat(between(keys, keys)).isEqualTo(new Difference(List.of(), List.of()));
    }

    @Test
    void limitsNamesAndWebhooksChangeInPlace() {
        Difference difference =
                between(
                        Map.of("identify.pattern", "^(?<name>a)"),
                        Map.of(
                                "identify.pattern", "^(?<name>b)",
                                "limits.messages-per-second", 3,
                                "idle-timeout", "1m",
                                "webhook.url", "http://127.0.0.1/"));
        assertThat(difference.newSocket()).isEmpty();
        assertThat(difference.inPlace())
                .containsExactly(
                        "limits.messages-per-second",
                        "idle-timeout",
                        "identify.pattern",
                        "webhook");
    }

    @Test
    void anAddressAFramingAndADurableWebhookNeedANewSocket() {
        Difference difference =
                between(
                        Map.of(),
                        Map.of(
                                "host", "127.0.0.2",
                                "framing", "nul",
                                "webhook.url", "http://127.0.0.1/",
                                "webhook.store", "durable",
                                "groups", "a"));
        assertThat(difference.newSocket()).containsExactly("host", "framing", "webhook");
        assertThat(difference.inPlace()).containsExactly("groups");
    }
}
