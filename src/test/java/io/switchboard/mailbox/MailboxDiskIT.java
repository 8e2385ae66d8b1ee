package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when the embedded database can write no more to its disk. */
class MailboxDiskIT {
    private static final int MANY = 200;

    @TempDir private Path directory;

    private ChildService start(Path data) throws Exception {
        return ChildService.start(
                "switchboard.data.directory=" + data,
                "switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)");
    }

    /** The limit on the size of a file stands for a full disk, which needs root. */
    @Test
    void aFullDiskRefusesStoresOnlyAndRecovers() throws Exception {
        Programs.require("prlimit", "util-linux");
        try (ChildService service = start(directory);
                RawClient live = service.connect()) {
            String peer = service.api().idOf(live);
            assertThat(store(service, "first", "kept").status()).isEqualTo(202);
            limitFiles(service, Long.toString(Files.size(directory.resolve("switchboard.mv.db"))));
            Answer refused = null;
            for (int at = 0; at < MANY && (refused == null || refused.status() == 202); at++) {
                refused = store(service, "name-" + at, "x".repeat(100_000));
            }
            assertThat(refused).isNotNull();
            assertThat(refused.status()).as(refused.body()).isEqualTo(507);
            assertThat(refused.json().path("reason").asString()).isEqualTo("store_full");
            assertThat(service.api().get("/actuator/health/liveness").status()).isEqualTo(200);
            assertThat(service.api().post("/send?to=" + peer, "live").status()).isEqualTo(200);
            assertThat(live.readLine()).isEqualTo("live");
            limitFiles(service, "unlimited");
            await().atMost(GeneralLimit.LIMIT)
                    .untilAsserted(
                            () -> assertThat(store(service, "later", "x").status()).isEqualTo(202));
            try (RawClient first = service.connect()) {
                first.send("id first\n");
                assertThat(first.readLine()).isEqualTo("kept");
            }
        }
    }

    private static Answer store(ChildService service, String name, String text) {
        return service.api().post("/send?ttl=1h&to=" + name, text);
    }

    private static void limitFiles(ChildService service, String bytes) throws Exception {
        String pid = Long.toString(service.process().pid());
        try (Child prlimit =
                Child.startWithErrors("prlimit", "--pid", pid, "--fsize=" + bytes + ":")) {
            assertThat(prlimit.awaitExit()).as(prlimit.output()).isZero();
        }
    }

    @Test
    void anUnusableDirectoryRefusesStoresOnly() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        try (ChildService service = start(file);
                RawClient live = service.connect()) {
            String peer = service.api().idOf(live);
            Answer refused = store(service, "x", "x");
            assertThat(refused.status()).as(refused.body()).isEqualTo(503);
            assertThat(refused.json().path("reason").asString()).isEqualTo("store_unavailable");
            assertThat(refused.json().path("detail").asString()).contains(file.toString());
            assertThat(service.api().post("/send?to=" + peer, "live").status()).isEqualTo(200);
            assertThat(live.readLine()).isEqualTo("live");
        }
    }
}
