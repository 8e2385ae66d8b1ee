package io.switchboard.transport.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;

class BindFailureAnalyzerTest {

    @Test
    void saysWhichKeysHoldTheAddress() {
        FailureAnalysis analysis = analyze(8000, new BindException("Address already in use"));
        assertThat(analysis.getDescription())
                .isEqualTo(
                        "switchboard.listeners.lines.host=10.1.2.3,"
                                + " switchboard.listeners.lines.port=8000:"
                                + " the address cannot be bound: Address already in use");
    }

    @Test
    void saysHowToFindWhoHoldsThePort() {
        assertThat(analyze(8000, new BindException("Address already in use")).getAction())
                .contains("ss -ltunp 'sport = :8000'")
                .contains("set switchboard.listeners.lines.port to a free port");
    }

    @Test
    void saysThatALowPortNeedsAPrivilege() {
        assertThat(analyze(23, new SocketException("Permission denied")).getAction())
                .contains("Ports below 1024 need a privilege")
                .contains("switchboard.listeners.lines.port");
    }

    @Test
    void saysWhichAddressesThereAre() {
        for (IOException cause :
                new IOException[] {
                    new BindException("Cannot assign requested address"),
                    new UnknownHostException("10.1.2.3: Name or service not known"),
                    new SocketException("Permission denied"),
                    new BindException()
                }) {
            assertThat(analyze(8000, cause).getAction())
                    .contains("Set switchboard.listeners.lines.host to an address of this machine")
                    .contains("0.0.0.0");
        }
    }

    /** Spring starts it inside of a bean, and wraps what it throws. */
    @Test
    void isFoundBehindTheExceptionOfABean() {
        BindFailure failure =
                new BindFailure("lines", "10.1.2.3", 8000, new BindException("in use"));
        assertThat(
                        new BindFailure.Analyzer()
                                .analyze(new BeanCreationException("linesSockets", failure)))
                .isNotNull();
    }

    private static FailureAnalysis analyze(int port, IOException cause) {
        BindFailure failure = new BindFailure("lines", "10.1.2.3", port, cause);
        return new BindFailure.Analyzer().analyze(failure, failure);
    }
}
