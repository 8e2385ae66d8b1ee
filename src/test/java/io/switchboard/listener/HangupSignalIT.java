package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("system")
class HangupSignalIT {
    @TempDir private Path directory;

    @Test
    void sighupReloadsTheListenersAndEndsNothing() throws Exception {
        Path file = directory.resolve("listeners.yaml");
        Files.writeString(file, "switchboard.listeners.one.port: 0\n");
        try (ChildService service =
                        ChildService.start("spring.config.additional-location=" + file.toUri());
                RawClient peer = service.connect()) {
            Files.writeString(file, "switchboard.listeners.two.port: 0\n");
            service.process().hangUp();
            await().until(() -> service.api().get("/listeners/two").status() == 200);
            await().until(() -> service.api().get("/listeners/one").status() == 404);
            Files.writeString(file, "switchboard.listeners.two.port: 99999\n");
            service.process().hangUp();
            await().until(() -> !service.logged("port is 99999: it must be less than").isEmpty());
            assertThat(service.api().get("/listeners/two").status()).isEqualTo(200);
            service.api().post("/send?to=all", "still here");
            assertThat(peer.readLine()).isEqualTo("still here");
        }
    }
}
