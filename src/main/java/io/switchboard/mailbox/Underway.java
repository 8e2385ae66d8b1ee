package io.switchboard.mailbox;

import io.switchboard.delivery.StoredDelivery;
import io.switchboard.delivery.StoredDelivery.Attempt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries of the {@link Courier}, one for each name at most. A look costs as much as has
 * changed, not as much as is under way: whoever changes an attempt announces it in a queue, and a
 * delivery that changes without notice has a time at which it is looked at again.
 *
 * <p>Only the thread {@code mailbox} uses it, except for {@link #changed}, which is for any thread
 * and takes no lock.
 */
final class Underway {
    private static final int MAX_DELIVERIES = 10_000;
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    private final StoredDelivery delivery;
    private final Map<String, Delivery> byName = new HashMap<>();
    private final Queue<Delivery> changed = new ConcurrentLinkedQueue<>();

    private final Schedule<Delivery> looks = new Schedule<>();
    private final SequencedSet<Delivery> decided = new LinkedHashSet<>();
    private long bytes;

    Underway(StoredDelivery delivery) {
        this.delivery = delivery;
    }

    void add(Delivery begun) {
        byName.put(begun.message().name(), begun);
        bytes += begun.message().size();
        changed(begun);
    }

    /** Announces that an attempt of a delivery has changed. Any thread. */
    void changed(Delivery delivery) {
        changed.add(delivery);
    }

    /** Returns the delivery for a name; null if there is none. */
    @Nullable Delivery of(String name) {
        return byName.get(name);
    }

    boolean has(String name) {
        return byName.containsKey(name);
    }

    Collection<Delivery> all() {
        return byName.values();
    }

    /** Returns how many more deliveries may begin. */
    int room() {
        return bytes > MAX_BYTES ? 0 : MAX_DELIVERIES - byName.size();
    }

    /** Finds out what became of the deliveries that have changed, or may have, and returns them. */
    Set<Delivery> look() {
        Set<Delivery> some = new LinkedHashSet<>();
        for (Delivery each = changed.poll(); each != null; each = changed.poll()) {
            addIfCurrent(some, each);
        }
        looks.removeDue(System.nanoTime(), each -> addIfCurrent(some, each));
        List<Attempt> attempts = new ArrayList<>(some.size());
        some.forEach(each -> attempts.addAll(each.attempts()));
        delivery.settle(attempts);
        for (Delivery each : some) {
            looks.remove(each);
            if (each.outcome() == null) {
                each.nextLook(System.nanoTime()).ifPresent(at -> looks.set(each, at));
            } else {
                decided.add(each);
            }
        }
        return some;
    }

    private void addIfCurrent(Set<Delivery> some, Delivery each) {
        if (byName.get(each.message().name()) == each) {
            some.add(each);
        }
    }

    /** Returns some of the deliveries whose attempts are decided. */
    List<Delivery> decided(int limit) {
        return decided.stream().limit(limit).toList();
    }

    /** Removes a delivery that has ended. */
    void remove(Delivery ended) {
        byName.remove(ended.message().name(), ended);
        bytes -= ended.message().size();
        decided.remove(ended);
        looks.remove(ended);
    }

    /** Returns the nanoseconds until {@link #look} has something to do; 0 if it has now. */
    long untilNext() {
        if (!changed.isEmpty() || !decided.isEmpty()) {
            return 0;
        }
        return looks.untilNext(System.nanoTime());
    }
}
