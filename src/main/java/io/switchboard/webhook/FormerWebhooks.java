package io.switchboard.webhook;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The webhooks that a change has replaced and for which events wait. A listener has one at most, so
 * that changes do not fill the memory. Thread-safe.
 */
final class FormerWebhooks {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Map<String, Webhook> byListener = new ConcurrentHashMap<>();
    private final Predicate<String> hasWebhook;
    private final Duration stopTimeout;

    /**
     * @param hasWebhook whether a listener has a webhook now, which continues the counters
     * @param stopTimeout the time for the last posts of a former webhook that is ended
     */
    FormerWebhooks(Predicate<String> hasWebhook, Duration stopTimeout) {
        this.hasWebhook = hasWebhook;
        this.stopTimeout = stopTimeout;
    }

    /**
     * Posts the events that wait for a former webhook, on a thread of their own, for as long as it
     * takes at most to give them up. If events wait for an earlier one of the listener, gives those
     * up.
     */
    void retire(Webhook former, String listener) {
        if (!former.refuseIfIdle()) {
            Webhook earlier = byListener.put(listener, former);
            if (earlier != null) {
                earlier.abandon();
            }
        }
        Thread.ofVirtual()
                .name("webhook-former-" + listener)
                .start(() -> awaitEnd(former, listener));
    }

    private void awaitEnd(Webhook former, String listener) {
        long end = System.nanoTime() + former.longestPost().toNanos();
        while (!former.refuseIfIdle() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        former.stop(stopTimeout);
        byListener.remove(listener, former);
        if (!hasWebhook.test(listener)) {
            former.removeCounters();
        }
    }

    /**
     * Returns whether no events wait for a former webhook of the listener, which gets no more then;
     * blocks for this time at most while there are some.
     */
    boolean await(String listener, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (!hasEnded(listener)) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    /** Returns whether the former webhook, if there is one, has no events and takes no more. */
    private boolean hasEnded(String listener) {
        Webhook former = byListener.get(listener);
        return former == null || former.refuseIfIdle();
    }

    /** Removes the former webhook of a listener, which the caller stops; null if there is none. */
    @Nullable Webhook remove(String listener) {
        return byListener.remove(listener);
    }

    /** Returns the former webhooks for which events wait. */
    Collection<Webhook> all() {
        return List.copyOf(byListener.values());
    }
}
