package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A wrong listener configuration stops the start, and the last output gives the remedy. */
class BindIT {

    @Test
    void reportsAPortInUseWithKeyValueAndRemedy() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThat(failedStart("--switchboard.listeners.default.port=" + port))
                    .contains("switchboard.listeners.default.port=" + port)
                    .contains("Address already in use")
                    .contains("ss -ltunp 'sport = :" + port + "'")
                    .contains("or set switchboard.listeners.default.port to a free port");
        }
    }

    @Test
    void reportsAForeignAddressWithKeyValueAndRemedy() throws Exception {
        // an address reserved for documentation (RFC 5737): no machine has it
        assertThat(
                        failedStart(
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.default.host=192.0.2.1"))
                .contains("switchboard.listeners.default.host=192.0.2.1")
                .contains("Set switchboard.listeners.default.host to an address of this machine");
    }

    @Test
    void reportsAnUnknownTransportWithTheKnownOnes() throws Exception {
        assertThat(failedStart("--switchboard.listeners.default.transport=sctp"))
                .contains("switchboard.listeners.default.transport")
                .contains("unknown transport 'sctp': known are tcp, tls, udp, unix");
        assertThat(failedStart("--switchboard.listeners.default.transport=unixgram"))
                .contains("for unix, the JDK supports stream sockets only");
    }

    @Test
    void reportsAMisspeltKeyWithTheSimilarOne() throws Exception {
        assertThat(failedStart("--switchboard.listeners.default.max-frames=1MB"))
                .contains("switchboard.listeners.default.max-frames")
                .contains("Did you mean switchboard.listeners.default.max-frame?");
    }

    @Test
    void reportsAnUnknownBundleWithTheKnownOnes() throws Exception {
        assertThat(
                        failedStart(
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.default.tls.bundle=sever",
                                "--spring.ssl.bundle.pem.server.keystore.certificate=server.crt",
                                "--spring.ssl.bundle.pem.device.keystore.certificate=device.crt"))
                .contains("switchboard.listeners.default.tls.bundle=sever: there is no such bundle")
                .contains("Set it to one of device, server.");
    }

    @Test
    void reportsAnUnreadableBundleWithItsFile() throws Exception {
        assertThat(
                        failedStart(
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.default.tls.bundle=server",
                                "--spring.ssl.bundle.pem.server.keystore.certificate=no.crt"))
                .contains("switchboard.listeners.default.tls.bundle=server")
                .contains("no.crt");
    }

    /** Returns the output of a service whose start fails. */
    private static String failedStart(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("--server.port=0"));
        all.addAll(List.of(arguments));
        try (Child service = Child.service(all)) {
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output()).doesNotContain("\tat ");
            return service.output();
        }
    }
}
