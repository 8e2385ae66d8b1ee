package io.switchboard.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The time of H2: the wall clock at one moment, then monotonic.
 *
 * <p>On Linux, {@link System#nanoTime} is CLOCK_MONOTONIC, which all processes share until the
 * machine is booted again (clock_gettime(2)). So a later process continues the time of an earlier
 * one, whatever has happened to the wall clock. It begins a new time after a boot, or if no message
 * waits.
 *
 * @param millis the time in milliseconds since 1970 when {@link System#nanoTime} was {@code nanos}
 */
record MonotonicTime(long millis, long nanos) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    static MonotonicTime ofWallClock() {
        return new MonotonicTime(System.currentTimeMillis(), System.nanoTime());
    }

    long at(long nanoTime) {
        return millis + (nanoTime - nanos) / 1_000_000;
    }

    /** Returns the time that the database has; sets it to this one if it has none. */
    MonotonicTime continued(JdbcClient jdbc) {
        Optional<String> boot = bootId();
        return boot.isEmpty() ? this : continued(jdbc, boot.get());
    }

    MonotonicTime continued(JdbcClient jdbc, String boot) {
        boolean needed =
                !jdbc.sql("select 1 from switchboard_mailbox limit 1")
                        .query(Integer.class)
                        .list()
                        .isEmpty();
        Optional<MonotonicTime> earlier =
                jdbc.sql("select millis, nanos from switchboard_clock where boot = ?")
                        .param(boot)
                        .query(MonotonicTime.class)
                        .optional()
                        .filter(each -> each.nanos() <= nanos);
        if (needed && earlier.isPresent()) {
            return earlier.get();
        }
        jdbc.sql("delete from switchboard_clock").update();
        jdbc.sql("insert into switchboard_clock (boot, millis, nanos) values (?, ?, ?)")
                .params(boot, millis, nanos)
                .update();
        return this;
    }

    private static Optional<String> bootId() {
        try {
            return Optional.of(Files.readString(BOOT_ID).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
