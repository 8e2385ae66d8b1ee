package io.switchboard.web.tomcat;

import jakarta.annotation.PreDestroy;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * On which threads HTTP requests are answered.
 *
 * <p>On a few platform threads while they suffice, and beyond them each on a virtual thread of its
 * own. So nobody waits for a thread, however many wait for a peer's answer or have a slow client.
 * For one request after the other, a platform thread that waits for the next is woken with less
 * than half of what a new virtual thread and its carrier take; where requests come faster than they
 * are answered, there is no difference.
 *
 * <p>Or, where {@link HttpEndpoint} sees fit, at once on the thread that waits for all of them and
 * so must wait for nobody: who answers there asks {@link #mayWait}.
 *
 * <p>Thread-safe.
 */
@Component
public final class RequestThreads implements Executor {
    /** So many requests at a time have a platform thread. */
    static final int PLATFORM = 2 * Runtime.getRuntime().availableProcessors();

    private final ExecutorService platform =
            Executors.newFixedThreadPool(
                    PLATFORM, Thread.ofPlatform().daemon().name("http-", 1).factory());

    /** Requests that have a platform thread, or are about to: never more than there are threads. */
    private final AtomicInteger busy = new AtomicInteger();

    /**
     * Tomcat's poller while it answers a request itself. Only it sets it, and only it can find
     * itself here: others may see what they like, and so need no lock.
     */
    private @Nullable Thread poller;

    /** Begins to run it at once, and returns. */
    @Override
    public void execute(Runnable request) {
        if (busy.incrementAndGet() <= PLATFORM) {
            platform.execute(() -> run(request));
        } else {
            busy.decrementAndGet();
            Thread.ofVirtual().name("http").start(request);
        }
    }

    private void run(Runnable request) {
        try {
            request.run();
        } finally {
            busy.decrementAndGet();
        }
    }

    /**
     * Whether the calling thread may wait for somebody. If not, it is the one that all requests
     * come by: what takes longer than microseconds is given to {@link #execute}.
     */
    public boolean mayWait() {
        return Thread.currentThread() != poller;
    }

    /** Runs it here, on the poller. */
    void executeAtOnce(Runnable request) {
        poller = Thread.currentThread();
        try {
            request.run();
        } finally {
            poller = null;
        }
    }

    @PreDestroy
    void stop() {
        platform.shutdown();
    }
}
