package io.switchboard.webhook;

import io.switchboard.net.MemoryBudget;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * The memory limit of all events that wait for a back end or a broker, {@code webhook.queues-max}:
 * those in every {@link WebhookQueue}, those that are not in the store yet ({@link Unstored}), and
 * those of former webhooks.
 *
 * <p>A queue without events may always add one, so that back ends that accept nothing do not stop
 * the events of the others. While the budget is full, a queue that has events is full, too. The
 * budget therefore exceeds its limit at most by one read for each event loop and each queue.
 *
 * <p>The queues whose peers are paused, although they have room of their own, wait for their turn.
 * After each event that leaves, and each read that is allowed, the queue that has waited longest
 * resumes one peer if an eighth of the budget is free.
 *
 * <p>The monitor of this object guards the waiting queues. Queues take it while they hold their own
 * monitor; this class calls a queue only without it.
 *
 * <p>Races: (1) A queue finds the budget full, the last event that could wake it leaves, and then
 * the queue begins to wait. A queue looks at the budget again after {@link #await}; whoever
 * releases memory does so before it looks for waiting queues. (2) The peer that a queue without
 * events has resumed sends nothing any more, as a UDP peer may, so that nothing resumes the next
 * one. {@link #lookAgain} resumes all peers of such a queue.
 */
@Component
final class WebhookQueueBudget extends MemoryBudget implements SmartInitializingSingleton {
    private static final int PART_OF_HEAP = 4;

    /** Peers are resumed while one part in so many is free. */
    private static final int FREE_PART = 8;

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    /**
     * Limits of the memory of all webhooks and bridges.
     *
     * @param queuesMax the limit for the events that wait in memory for the back ends of all
     *     webhooks and the brokers of all bridges; by default a quarter of the maximum heap
     */
    @ConfigurationProperties("switchboard.webhook")
    record WebhookMemoryProperties(@Nullable DataSize queuesMax) {

        private long queuesMaxBytes() {
            return queuesMax == null
                    ? Runtime.getRuntime().maxMemory() / PART_OF_HEAP
                    : queuesMax.toBytes();
        }
    }

    private final @Nullable TaskScheduler scheduler;
    private final SequencedSet<WebhookQueue> waiting = new LinkedHashSet<>();

    /** The size of {@link #waiting}, which whoever releases memory reads without the monitor. */
    private volatile int waiters;

    @Autowired
    WebhookQueueBudget(WebhookMemoryProperties properties, TaskScheduler scheduler) {
        this(properties.queuesMaxBytes(), scheduler);
    }

    /** Creates a budget that looks again only if a test does. */
    WebhookQueueBudget(long limit) {
        this(limit, null);
    }

    private WebhookQueueBudget(long limit, @Nullable TaskScheduler scheduler) {
        super(
                "webhook.queues",
                "Memory of the events that wait for back ends and brokers, or are being sent to them",
                limit);
        this.scheduler = scheduler;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (scheduler != null) {
            var _ = scheduler.scheduleWithFixedDelay(this::lookAgain, LOOK_AGAIN);
        }
    }

    /** Returns whether only queues without events may add one. */
    boolean full() {
        return used() >= limit();
    }

    /** Returns whether so much is free that paused peers may be read again. */
    boolean hasRoom() {
        return used() <= limit() - limit() / FREE_PART;
    }

    /**
     * Returns the memory that is left for events that can be read from the store later; negative if
     * they have more. They have at most half of the budget, because they may wait for days.
     */
    long leftForStored() {
        return limit() / 2 - used();
    }

    /** Makes a queue with paused peers wait for its turn, unless it does already. */
    synchronized void await(WebhookQueue queue) {
        waiting.addLast(queue);
        waiters = waiting.size();
    }

    /** Ends the wait of a queue that has no paused peers any more, or no room of its own. */
    synchronized void leave(WebhookQueue queue) {
        waiting.remove(queue);
        waiters = waiting.size();
    }

    private synchronized @Nullable WebhookQueue next() {
        WebhookQueue queue = waiting.isEmpty() ? null : waiting.removeFirst();
        waiters = waiting.size();
        return queue;
    }

    /**
     * Resumes one peer of the queue whose turn it is, if there is room. The caller holds no
     * monitor; it is called after each event that has left, and each read that is allowed.
     */
    void resumeNext() {
        if (waiters > 0 && hasRoom()) {
            WebhookQueue queue = next();
            if (queue != null) {
                queue.resumeInTurn();
            }
        }
    }

    /** Resumes this many peers at most, in turns; for so many events that have left together. */
    void resumeNext(int peers) {
        for (int left = peers; left > 0 && waiters > 0 && hasRoom(); left--) {
            resumeNext();
        }
    }

    /** Resumes all peers that wait for a queue without events; O(waiting queues and such peers). */
    void lookAgain() {
        List<WebhookQueue> queues;
        synchronized (this) {
            queues = List.copyOf(waiting);
        }
        queues.forEach(WebhookQueue::resumeIfEmpty);
    }
}
