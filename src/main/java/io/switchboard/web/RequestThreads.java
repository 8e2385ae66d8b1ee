package io.switchboard.web;

import jakarta.annotation.PreDestroy;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/**
 * On which threads HTTP requests are answered: on a few platform threads while they suffice, and
 * beyond them each on a virtual thread of its own. So nobody waits for a thread, however many wait
 * for a peer's answer or have a slow client.
 *
 * <p>For one request after the other, a platform thread that waits for the next is woken with less
 * than half of what a new virtual thread and its carrier take; where requests come faster than they
 * are answered, there is no difference. Thread-safe.
 */
@Component
final class RequestThreads {
    /** So many requests at a time have a platform thread. */
    static final int PLATFORM = 2 * Runtime.getRuntime().availableProcessors();

    private final ExecutorService platform =
            Executors.newFixedThreadPool(
                    PLATFORM, Thread.ofPlatform().daemon().name("http-", 1).factory());

    /** Requests that have a platform thread, or are about to: never more than there are threads. */
    private final AtomicInteger busy = new AtomicInteger();

    /** Begins to run it at once, and returns. */
    void execute(Runnable request) {
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

    @PreDestroy
    void stop() {
        platform.shutdown();
    }
}
