package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that is not asked to store anything has no database. */
class UnusedStoreIT {
    private static final String TRUSTED = "any peer that can claim a name at any listener";

    @TempDir private Path folder;

    @Test
    void theFirstMessageWithTtlCreatesTheDatabase() throws Exception {
        Path data = folder.resolve("data");
        try (ChildService service =
                        ChildService.start(
                                "switchboard.data.directory=" + data,
                                "switchboard.drain.delay=0s");
                RawClient peer = service.connect()) {
            Api api = service.api();
            assertThat(api.post("/send?to=" + api.idOf(peer), "live").status()).isEqualTo(200);
            assertThat(api.get("/mailboxes").status()).isEqualTo(200);
            assertThat(api.get("/messages/nobody").status()).isEqualTo(404);
            assertThat(api.delete("/mailboxes/nobody").status()).isEqualTo(200);
            var health = api.get("/actuator/health").json().get("components");
            assertThat(health.at("/store/details/state").asString()).isEqualTo("unused");
            assertThat(health.has("db")).isFalse();
            assertThat(data).doesNotExist();
            assertThat(service.logged(TRUSTED)).isEmpty();

            assertThat(api.post("/send?to=meter-7&ttl=1h", "later").status()).isEqualTo(202);
            assertThat(api.post("/send?to=meter-7&ttl=1h", "later").status()).isEqualTo(202);
            assertThat(data.resolve("switchboard.mv.db")).exists();
            assertThat(service.logged(TRUSTED)).hasSize(1);
        }
    }
}
