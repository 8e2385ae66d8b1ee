package io.switchboard.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * An event loop for every two processors, shared by all listeners.
 *
 * <p>HTTP needs the others. With a loop for each, loops that are woken at once read a line at a
 * time and compete with whoever feeds them: twice the CPU for each line received.
 */
@Component
public final class EventLoops implements DisposableBean {
    private final List<EventLoop> loops;
    private final AtomicInteger next = new AtomicInteger();

    EventLoops() {
        loops =
                IntStream.range(0, Math.max(1, Runtime.getRuntime().availableProcessors() / 2))
                        .mapToObj(EventLoops::open)
                        .toList();
        loops.forEach(EventLoop::start);
    }

    private static EventLoop open(int number) {
        try {
            return new EventLoop("loop-" + number);
        } catch (IOException e) {
            throw new UncheckedIOException("opening the selector of event loop " + number, e);
        }
    }

    /** The loop for one more connection: each in turn. */
    public EventLoop next() {
        return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
    }

    @Override
    public void destroy() {
        loops.forEach(EventLoop::stop);
    }
}
