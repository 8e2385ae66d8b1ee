package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service tells systemd its state; here, socat is systemd. */
class SystemdNotificationIT {
    @TempDir private Path folder;

    @Test
    void systemdLearnsThatTheServiceIsReadyAndThatItStops() throws Exception {
        Programs.require("socat", "socat");
        Path path = folder.resolve("notify");
        try (Child systemd = Child.start("socat", "-u", "UNIX-RECV:" + path, "-")) {
            await("socat listens").until(() -> Files.exists(path));
            try (ChildService service =
                    ChildService.startWithEnvironment(
                            Map.of("NOTIFY_SOCKET", path.toString()),
                            "switchboard.drain.delay=0s")) {
                systemd.awaitOutput("READY=1\nSTATUS=accepts peers and requests");
                assertThat(systemd.output()).doesNotContain("STOPPING");
                service.process().terminate();
                assertThat(service.process().awaitExit()).isEqualTo(143);
                assertThat(service.logged(" WARN ")).noneMatch(line -> line.contains("NOTIFY"));
            }
            systemd.awaitOutput("STOPPING=1\nSTATUS=closes its peers");
        }
    }

    /** A service that systemd will end explains itself, and serves its peers until then. */
    @Test
    void theServiceStartsIfSystemdCannotBeTold() throws Exception {
        Path absent = folder.resolve("absent");
        try (ChildService service =
                ChildService.startWithEnvironment(Map.of("NOTIFY_SOCKET", absent.toString()))) {
            await("the warning")
                    .until(() -> service.logged("cannot tell systemd"), lines -> !lines.isEmpty());
            assertThat(service.logged("cannot tell systemd"))
                    .singleElement()
                    .asString()
                    .contains(
                            " WARN ",
                            "NOTIFY_SOCKET="
                                    + absent
                                    + ": cannot tell systemd 'READY=1':"
                                    + " connect: No such file or directory (errno 2)");
            assertThat(service.api().get("/peers").status()).isEqualTo(200);
        }
    }
}
