package io.switchboard.mailbox;

import io.switchboard.store.Store;
import io.switchboard.store.Transaction;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * When the next message expires. Nothing queries the store before that time. Any thread may call
 * {@link #at}; only the thread {@code mailbox} calls the others.
 */
final class Expiry {
    private static final long LONGEST_SLEEP = TimeUnit.DAYS.toNanos(1);

    private record Due(List<StoredMessage> messages, @Nullable Long next, Transaction in) {}

    private final Store store;

    /** The {@link System#nanoTime} of the next query. */
    private final AtomicLong due = new AtomicLong(System.nanoTime());

    Expiry(Store store) {
        this.store = store;
    }

    /** Notes that a message expires at this {@link System#nanoTime}. Any thread. */
    void at(long nanos) {
        due.accumulateAndGet(nanos, (one, other) -> one - other < 0 ? one : other);
    }

    long untilNext() {
        return due.get() - System.nanoTime();
    }

    /** Returns the messages that are due, some at a time, and notes when the next ones are. */
    List<StoredMessage> due() {
        if (untilNext() > 0) {
            return List.of();
        }
        // before the query: a message that is stored after it calls at() itself
        due.set(System.nanoTime() + LONGEST_SLEEP);
        Due found =
                store.read(
                        in -> {
                            List<StoredMessage> messages = MessageRows.due(in);
                            return new Due(
                                    messages,
                                    messages.isEmpty()
                                            ? MessageRows.nextDue(in).orElse(null)
                                            : Long.valueOf(in.now()),
                                    in);
                        });
        if (found.next() != null) {
            at(found.in().nanosAt(found.next()) + TimeUnit.MILLISECONDS.toNanos(1));
        }
        return found.messages();
    }
}
