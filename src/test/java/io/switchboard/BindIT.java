package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A listener that cannot be bound stops the start, and the last words say what to do. */
class BindIT {

    @Test
    void portInUseIsToldWithItsKeyItsValueAndAWayOut() throws Exception {
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
    void foreignAddressIsToldWithItsKeyItsValueAndAWayOut() throws Exception {
        // of a block that is kept for documentation: no machine has it
        assertThat(
                        failedStart(
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.default.host=192.0.2.1"))
                .contains("switchboard.listeners.default.host=192.0.2.1")
                .contains("Set switchboard.listeners.default.host to an address of this machine");
    }

    @Test
    void aTransportThatThereIsNotIsToldWithThoseThatThereAre() throws Exception {
        assertThat(failedStart("--switchboard.listeners.default.transport=sctp"))
                .contains("switchboard.listeners.default.transport")
                .contains("unknown transport 'sctp': known are tcp, tls, udp, unix");
        assertThat(failedStart("--switchboard.listeners.default.transport=unixgram"))
                .contains("of unix the JDK has streams only");
    }

    @Test
    void misspeltKeyIsToldWithTheOneThatWasMeant() throws Exception {
        assertThat(failedStart("--switchboard.listeners.default.max-frames=1MB"))
                .contains("switchboard.listeners.default.max-frames")
                .contains("Did you mean switchboard.listeners.default.max-frame?");
    }

    @Test
    void unknownBundleIsToldWithTheOnesThatThereAre() throws Exception {
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
    void bundleThatCannotBeReadIsToldWithItsFile() throws Exception {
        assertThat(
                        failedStart(
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.default.tls.bundle=server",
                                "--spring.ssl.bundle.pem.server.keystore.certificate=no.crt"))
                .contains("switchboard.listeners.default.tls.bundle=server")
                .contains("no.crt");
    }

    /** What it says on the console before it gives up. */
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
