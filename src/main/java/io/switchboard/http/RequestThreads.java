package io.switchboard.http;

import jakarta.annotation.PreDestroy;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The executor on which Tomcat runs HTTP requests: a few platform threads, and if all of them are
 * busy, a new virtual thread per request. Thread-safe.
 *
 * <p>A request therefore never waits for a thread, however many requests wait for a peer's reply or
 * for a slow client. If a client sends one request after the other, waking an idle platform thread
 * costs less than half of starting a virtual thread and its carrier.
 *
 * <p>A client may send requests without waiting for the responses (RFC 9112, section 9.3.2), and
 * Tomcat serves all that have arrived on one thread, without end if the client goes on. Virtual
 * threads are not preempted, and the JDK serves one of its queues of runnable threads for as long
 * as it is not empty. So after {@link #FREE_REQUESTS} requests, a thread goes on only in a turn of
 * a {@link TurnQueue}. A client that waits for each response and then sends the next request at
 * once may look the same. Its turns are shorter, and so come earlier than those of the others. A
 * request that has waited for the reply of a peer has let other threads run, so that the next need
 * no turn.
 *
 * <p>The streams of HTTP/2 are started by the thread that reads the connection, up to 20 at a time,
 * and a client may reset each at once and begin the next. So each of them has a turn, and each of a
 * connection waits as if the one before it had used its turn.
 */
@Component
public final class RequestThreads implements Executor {
    /** The number of platform threads. */
    static final int PLATFORM_THREADS = 2 * Runtime.getRuntime().availableProcessors();

    /** The number of requests that a thread serves without a turn. */
    static final int FREE_REQUESTS = 4;

    /** The number of requests that a thread serves in one turn. */
    private static final int REQUESTS = 16;

    /** A turn ends after the first request that ends later than this, in nanoseconds. */
    private static final long TURN = TimeUnit.MILLISECONDS.toNanos(1);

    private final ExecutorService platform =
            Executors.newFixedThreadPool(
                    PLATFORM_THREADS, Thread.ofPlatform().daemon().name("http-", 1).factory());

    /** The number of requests that occupy a platform thread or are about to. */
    private final AtomicInteger busy = new AtomicInteger();

    /** The turns of clients that pipeline requests. */
    private final TurnQueue turns;

    private final long longest;

    /** What the current thread has served without returning to the executor. */
    private static final ThreadLocal<@Nullable Served> SERVED = new ThreadLocal<>();

    /** The requests that one thread serves one after the other. Only that thread uses it. */
    private final class Served {
        /** The turns of this thread, or of the streams that it has started. */
        private final TurnQueue.Flow flow = new TurnQueue.Flow();

        private int requests;
        private TurnQueue.@Nullable Turn turn;

        void requestEnded() {
            requests++;
            boolean ends =
                    turn == null
                            ? requests == FREE_REQUESTS
                            : requests == REQUESTS || turn.nanos() > TURN;
            if (ends) {
                long used = turn == null ? 0 : Math.min(turn.nanos(), longest);
                end();
                turn = turns.begin(longest, flow, used);
            }
        }

        void end() {
            requests = 0;
            if (turn != null) {
                turn.close();
                turn = null;
            }
        }
    }

    @Autowired
    RequestThreads() {
        this(new TurnQueue(TurnQueue.HALF_OF_PROCESSORS), 2 * TURN);
    }

    /**
     * @param longest after this many nanoseconds, a turn does not hold up the next one
     */
    RequestThreads(TurnQueue turns, long longest) {
        this.turns = turns;
        this.longest = longest;
    }

    /**
     * Starts the request on another thread and returns. If the caller serves a connection itself,
     * the request is one of its streams (HTTP/2), and needs a turn.
     */
    @Override
    public void execute(Runnable request) {
        Served connection = SERVED.get();
        start(connection == null ? request : () -> runInTurn(request, connection.flow));
    }

    private void runInTurn(Runnable stream, TurnQueue.Flow flow) {
        try (TurnQueue.Turn _ = turns.begin(longest, flow, TURN)) {
            stream.run();
        }
    }

    private void start(Runnable request) {
        if (busy.incrementAndGet() <= PLATFORM_THREADS) {
            platform.execute(() -> runOnPlatformThread(request));
        } else {
            busy.decrementAndGet();
            Thread.ofVirtual().name("http").start(() -> run(request));
        }
    }

    private void runOnPlatformThread(Runnable request) {
        try {
            run(request);
        } finally {
            busy.decrementAndGet();
        }
    }

    private void run(Runnable request) {
        Served all = new Served();
        SERVED.set(all);
        try {
            request.run();
        } finally {
            SERVED.remove();
            all.end();
        }
    }

    /**
     * Called when a request has waited for the reply of a peer, on the thread that serves it: other
     * threads have run until then, so that the next requests of the connection need no turn.
     */
    public static void haveWaited() {
        Served all = SERVED.get();
        if (all != null) {
            all.end();
        }
    }

    /**
     * Called when a request has been answered, on the thread that serves it. If many requests have
     * followed each other there, waits for a turn.
     */
    void requestEnded() {
        Served all = SERVED.get();
        if (all == null) {
            return;
        }
        all.requestEnded();
    }

    @PreDestroy
    void stop() {
        platform.shutdown();
    }
}
