package io.switchboard.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.env.MockEnvironment;

/** The embedded file while messages come and go. */
@Tag("beside")
@Tag("system")
class StoreSizeIT {
    private static final int NAMES = 200;
    private static final int NAME_LENGTH = 400;

    /** It takes some 30 s, whatever the speed, and 3 minutes with H2's own RETENTION_TIME. */
    private static final Duration AT_MOST = Duration.ofSeconds(90);

    @TempDir private Path directory;

    /** A file whose space is not used again is larger than all names that were written to it. */
    @Test
    void theFileReusesTheSpaceOfDeletedRows() throws Exception {
        long start = System.nanoTime();
        long written = 0;
        try (Store store =
                new Store(
                        new DataProperties(directory),
                        new MockEnvironment(),
                        new SimpleMeterRegistry())) {
            for (int round = 0; !isReused(written); round++) {
                String prefix = "x".repeat(NAME_LENGTH) + round + "-";
                change(
                        store,
                        "insert into switchboard_mailbox (name, messages, bytes) values (?, 0, 0)",
                        prefix);
                change(store, "delete from switchboard_mailbox where name = ?", prefix);
                written += NAMES * NAME_LENGTH;
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_MOST);
            }
        }
    }

    private boolean isReused(long written) throws IOException {
        return written > 0 && 3 * size() < 2 * written;
    }

    private static void change(Store store, String sql, String prefix) throws Exception {
        List<CompletableFuture<?>> results = new ArrayList<>();
        for (int each = 0; each < NAMES; each++) {
            String name = prefix + each;
            results.add(
                    store.write(transaction -> transaction.jdbc().sql(sql).param(name).update()));
        }
        CompletableFuture.allOf(results.toArray(new CompletableFuture<?>[0])).get();
    }

    private long size() throws IOException {
        return Files.size(directory.resolve("switchboard.mv.db"));
    }
}
