package io.switchboard.store;

import java.util.List;
import java.util.function.Consumer;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A transaction of the store. Only the thread that got it uses it.
 *
 * @param jdbc executes statements in the transaction
 * @param batches executes one statement for many rows
 * @param now the store's time in milliseconds since 1970, read when the transaction began; see
 *     {@link Database#now}
 * @param nanos {@link System#nanoTime} just before {@code now} was read, so that a deadline
 *     converted with it is never later than the store's
 * @param ends what is called when the transaction has ended
 */
public record Transaction(
        JdbcClient jdbc,
        JdbcOperations batches,
        long now,
        long nanos,
        List<Consumer<Outcome>> ends) {

    /** How a transaction ended. */
    public enum Outcome {
        COMMITTED,
        ROLLED_BACK,
        /** The commit failed, and may have taken effect nevertheless. */
        UNKNOWN
    }

    /** Work in a transaction. It may be executed again after it was rolled back. */
    public interface Work<T> {
        T run(Transaction transaction);
    }

    /**
     * Calls back on this thread when the transaction has ended, before the futures of its works
     * complete. The call must not block. For effects outside of the database: a work may run twice.
     */
    public void whenEnded(Consumer<Outcome> end) {
        ends.add(end);
    }

    /** Executes a statement once with the parameters of each row. */
    public void batch(String sql, List<Object[]> rows) {
        if (!rows.isEmpty()) {
            batches.batchUpdate(sql, rows);
        }
    }

    /** Returns the {@link System#nanoTime} at which the store's time is {@code millis}. */
    public long nanosAt(long millis) {
        return nanos + (millis - now) * 1_000_000;
    }
}
