package io.switchboard.web;

import jakarta.annotation.PreDestroy;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/**
 * The executor on which Tomcat answers HTTP requests: a few platform threads first, and beyond them
 * one new virtual thread per request.
 *
 * <p>A request therefore never waits for a thread, however many requests wait for a peer's reply or
 * for a slow client. If a client sends one request after the other, waking an idle platform thread
 * costs less than half of starting a virtual thread and its carrier.
 *
 * <p>Thread-safe.
 */
@Component
final class RequestThreads implements Executor {
    /** The number of requests that are answered on platform threads at the same time. */
    static final int PLATFORM = 2 * Runtime.getRuntime().availableProcessors();

    private final ExecutorService platform =
            Executors.newFixedThreadPool(
                    PLATFORM, Thread.ofPlatform().daemon().name("http-", 1).factory());

    /** The number of requests that have a platform thread or are about to be given one. */
    private final AtomicInteger busy = new AtomicInteger();

    /** Starts the request on another thread and returns. */
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

    @PreDestroy
    void stop() {
        platform.shutdown();
    }
}
