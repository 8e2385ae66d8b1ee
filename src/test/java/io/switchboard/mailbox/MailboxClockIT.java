package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No write of a message begins after its ttl, and none expires before, whatever the wall clock of
 * the service does meanwhile. libfaketime moves that clock.
 */
@Tag("beside")
@Tag("system")
class MailboxClockIT {
    @TempDir private Path directory;

    @Test
    void theWallClockDoesNotMatterWithTheEmbeddedDatabase() throws Exception {
        check(List.of("switchboard.data.directory=" + directory.resolve("data")));
    }

    @Test
    void theWallClockDoesNotMatterWithPostgres() throws Exception {
        try (PostgresServer database = PostgresServer.start()) {
            check(
                    List.of(
                            "spring.datasource.url=" + database.url(),
                            "spring.datasource.username=test",
                            "switchboard.data.directory=/nowhere"));
        }
    }

    private void check(List<String> database) throws Exception {
        moveClock(0);
        long stored;
        String immobilise;
        String lasting;
        try (ChildService service = start(database)) {
            moveClock(7200);
            lasting = store(service, "car", "5m", "unlock");
            String lost = store(service, "key", "2s", "late");
            moveClock(-7200);
            awaitExpired(service, lost);
            assertThat(status(service, lasting)).isEqualTo("stored");
            moveClock(0);
            immobilise = store(service, "van", "40s", "immobilise");
            stored = System.nanoTime();
            // later than this, the clock is ahead of the message when it is set back
            awaitExpired(service, store(service, "key", "20s", "clock"));
        }
        moveClock(-19);
        try (ChildService service = start(database)) {
            await().atMost(GeneralLimit.LIMIT)
                    .until(() -> System.nanoTime() - stored > Duration.ofSeconds(41).toNanos());
            store(service, "van", "5m", "next");
            try (RawClient van = service.connect()) {
                van.send("id van\n");
                assertThat(van.readLine()).isEqualTo("next");
            }
            awaitExpired(service, immobilise);
        }
        moveClock(3600);
        try (ChildService service = start(database);
                RawClient car = service.connect()) {
            car.send("id car\n");
            assertThat(car.readLine()).isEqualTo("unlock");
        }
    }

    private ChildService start(List<String> database) throws IOException {
        String[] properties = database.toArray(new String[database.size() + 1]);
        properties[database.size()] =
                "switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)";
        return ChildService.startWithEnvironment(
                Map.of(
                        "LD_PRELOAD",
                        Programs.library("faketime/libfaketime.so.1", "libfaketime").toString(),
                        "FAKETIME_TIMESTAMP_FILE",
                        clock().toString(),
                        "FAKETIME_NO_CACHE",
                        "1",
                        // a JVM waits by the monotonic clock; with a shifted one it waits forever
                        "FAKETIME_DONT_FAKE_MONOTONIC",
                        "1",
                        "DONT_FAKE_MONOTONIC",
                        "1",
                        "FAKETIME_FORCE_MONOTONIC_FIX",
                        "0",
                        "NO_FAKE_STAT",
                        "1"),
                properties);
    }

    private Path clock() {
        return directory.resolve("clock");
    }

    /** Moves the wall clock of the service; the file is replaced as a whole. */
    private void moveClock(int seconds) throws IOException {
        Path next = Files.writeString(directory.resolve("next"), "%+d\n".formatted(seconds));
        Files.move(next, clock(), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String store(ChildService service, String name, String ttl, String text) {
        Answer stored = service.api().post("/send?to=%s&ttl=%s".formatted(name, ttl), text);
        assertThat(stored.status()).as(stored.body()).isEqualTo(202);
        return stored.json().at("/results/0/id").asString();
    }

    private static String status(ChildService service, String id) {
        return service.api().get("/messages/" + id).json().path("status").asString();
    }

    private static void awaitExpired(ChildService service, String id) {
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(() -> assertThat(status(service, id)).isEqualTo("expired"));
    }
}
