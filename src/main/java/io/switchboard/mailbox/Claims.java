package io.switchboard.mailbox;

import io.switchboard.store.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names whose messages this node sends, and when it renews its claim on them. Only the thread
 * {@code mailbox} uses it.
 *
 * <p>A claim is for {@link #LEASE} by the database's clock. A write begins only while the claim
 * lasts for {@link #MARGIN} at least, by this node's {@link System#nanoTime}: a node that could not
 * renew, or stood still, begins none when another node may have taken the name. The embedded
 * database has one user, whose claims do not end.
 */
final class Claims {
    static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration RENEWED_AFTER = Duration.ofSeconds(3);
    private static final Duration FOREVER = Duration.ofDays(3_650);

    private final Duration lease;
    private final Duration renewedAfter;

    /** The {@link System#nanoTime} at which a name is renewed. The next one is the first. */
    private final Map<String, Long> renewals = new LinkedHashMap<>();

    Claims(boolean shared) {
        this.lease = shared ? LEASE : FOREVER;
        this.renewedAfter = shared ? RENEWED_AFTER : FOREVER.dividedBy(2);
    }

    /** Returns the end of a claim that begins or is renewed now. */
    long until(Transaction in) {
        return in.now() + lease.toMillis();
    }

    /**
     * Notes that a name was claimed or renewed in this transaction.
     *
     * @return the {@link System#nanoTime} from which on no write may begin
     */
    long held(String name, Transaction in) {
        renewals.remove(name);
        renewals.put(name, in.nanos() + renewedAfter.toNanos());
        return in.nanosAt(until(in)) - MARGIN.toNanos();
    }

    void dropped(String name) {
        renewals.remove(name);
    }

    /** Returns the names to renew, at most this many. */
    List<String> due(int limit) {
        long now = System.nanoTime();
        List<String> due = new ArrayList<>();
        for (Map.Entry<String, Long> each : renewals.entrySet()) {
            if (each.getValue() - now > 0 || due.size() == limit) {
                break;
            }
            due.add(each.getKey());
        }
        return due;
    }

    /** Returns the nanoseconds until a name is to be renewed. */
    long untilNext() {
        return renewals.isEmpty()
                ? Long.MAX_VALUE
                : renewals.values().iterator().next() - System.nanoTime();
    }
}
