package io.switchboard.receive;

import io.switchboard.receive.PendingRequests.Request;
import io.switchboard.receive.RequestReply.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread that sends requests to one or many peers and waits for their replies. It does all of
 * that itself, so that a request costs no thread.
 *
 * <p>Only {@link #wake} may be called by other threads, which hold the lock of a {@link
 * PendingRequests}. It tells this thread which of its requests has changed.
 */
final class Caller {
    private final Thread thread = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long deadline;
    private final List<Request> requests = new ArrayList<>(1);
    private final Queue<Request> changed = new ConcurrentLinkedQueue<>();

    /** The requests that are first in their queue while a late reply is expected there. */
    private final Queue<Retry> retries =
            new PriorityQueue<>(1, Comparator.comparingLong(Retry::left));

    private int open;

    private record Retry(Request request, long at, long start) {
        long left() {
            return at - start;
        }
    }

    /**
     * @param timeout the limit for everything, including the waits for earlier requests
     */
    Caller(Duration timeout) {
        deadline = start + timeout.toNanos();
    }

    long start() {
        return start;
    }

    /**
     * Adds a request, which is sent during {@link #await}.
     *
     * @param inReach whether the peer is in reach of the caller; takes no lock
     * @param send sends the request when its turn comes; returns false if it was refused
     * @param result receives the result on this thread
     */
    void add(
            PendingRequests to,
            String key,
            BooleanSupplier inReach,
            BooleanSupplier send,
            Consumer<Reply> result) {
        requests.add(to.enqueue(key, this, inReach, send, result));
        open++;
    }

    /** Tells this thread that a request is first in its queue, has its reply, or is closed. */
    void wake(Request request) {
        changed.add(request);
        LockSupport.unpark(thread);
    }

    /**
     * Sends the requests and waits until each has its result or the timeout has passed.
     *
     * @throws InterruptedException the thread was interrupted; the requests end like after a
     *     timeout
     */
    void await() throws InterruptedException {
        try {
            requests.forEach(this::advance);
            while (open > 0) {
                Request next = next();
                if (next != null) {
                    advance(next);
                } else if (!park()) {
                    return;
                }
            }
        } finally {
            requests.stream().filter(each -> !each.done()).forEach(Request::end);
        }
    }

    private void advance(Request request) {
        if (!request.done()) {
            request.advance();
            open -= request.done() ? 1 : 0;
            request.retryAt().ifPresent(at -> retries.add(new Retry(request, at, start)));
        }
    }

    /** Returns a request that may have changed; null if there is none. */
    private @Nullable Request next() {
        Request next = changed.poll();
        Retry retry = retries.peek();
        if (next == null && retry != null && retry.at() - System.nanoTime() <= 0) {
            retries.remove();
            next = retry.request();
        }
        return next;
    }

    /** Waits for a change. Returns false if the timeout has passed. */
    private boolean park() throws InterruptedException {
        long now = System.nanoTime();
        long left = deadline - now;
        if (left <= 0) {
            return false;
        }
        Retry retry = retries.peek();
        LockSupport.parkNanos(this, retry == null ? left : Math.min(left, retry.at() - now));
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return true;
    }
}
