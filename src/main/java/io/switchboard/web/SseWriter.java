package io.switchboard.web;

import io.switchboard.events.EventStreamSource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the event stream of one subscriber, on a virtual thread of its own that never blocks in a
 * write.
 *
 * <p>A client that takes nothing for the write deadline is disconnected. A client that reads again
 * earlier, after a second or more, and has missed events by then, receives {@code cut} and the end
 * of the stream. A client that reads while more happens than it can receive gets a {@code gap}.
 *
 * <p>This object's monitor guards {@code over} and is held for every use of the response, because
 * Tomcat reuses a response as soon as its listeners have returned.
 */
final class SseWriter implements WriteListener, AsyncListener, Runnable {
    private static final Logger log = LoggerFactory.getLogger(SseWriter.class);

    /** A write has this size or less, and one event more. */
    private static final int CHUNK = 32 * 1024;

    private final EventStreamSource source;
    private final long writeDeadline;
    private final long heartbeat;
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final Thread thread = Thread.ofVirtual().name("sse").unstarted(this);
    private boolean over;

    /** The nanoseconds for which the stream has waited for the client; of the writer's thread. */
    private long waited;

    SseWriter(
            EventStreamSource source,
            Duration writeDeadline,
            Duration heartbeat,
            AsyncContext async)
            throws IOException {
        this.source = source;
        this.writeDeadline = writeDeadline.toNanos();
        this.heartbeat = heartbeat.toNanos();
        this.async = async;
        this.out = async.getResponse().getOutputStream();
    }

    @Override
    public void run() {
        try (source) {
            end(writeStream());
        } catch (IOException e) {
            log.trace("the client disconnected", e); // Tomcat ends the request itself
        }
    }

    /** Writes until the stream ends. Returns whether the client has taken everything. */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread is not taken off its carrier
    private boolean writeStream() throws IOException {
        boolean taken = write(List.of(source.opening()));
        long beat = System.nanoTime() + heartbeat;
        boolean more = true;
        while (taken && more) {
            boolean ended = source.ended(); // asked first: earlier events are still written
            EventStreamSource.Page page = source.read(waited);
            if (page.cut() != null) {
                source.cut();
                return write(List.of(page.cut()));
            }
            if (!page.frames().isEmpty()) {
                taken = write(page.frames());
                beat = System.nanoTime() + heartbeat;
                Thread.yield(); // a client that reads fast would keep others from this processor
            } else if (ended) {
                more = false;
            } else if (beat - System.nanoTime() <= 0) {
                taken = write(List.of(source.heartbeat()));
                beat = System.nanoTime() + heartbeat;
            } else {
                source.await(beat - System.nanoTime());
            }
        }
        return taken && write(List.of(source.ending()));
    }

    private boolean write(List<byte[]> frames) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        boolean taken = true;
        for (byte[] each : frames) {
            chunk.writeBytes(each);
            if (chunk.size() >= CHUNK) {
                taken = taken && write(chunk);
            }
        }
        return taken && write(chunk);
    }

    /** Returns when the client has taken the bytes, with true; with false if it has not. */
    private boolean write(ByteArrayOutputStream chunk) throws IOException {
        byte[] bytes = chunk.toByteArray();
        chunk.reset();
        return bytes.length == 0
                || (awaitReady()
                        && use(() -> out.write(bytes))
                        && awaitReady()
                        && use(out::flush)
                        && awaitReady());
    }

    private interface Step {
        void run() throws IOException;
    }

    private synchronized boolean use(Step step) throws IOException {
        if (!over) {
            step.run();
        }
        return !over;
    }

    /** Waits for the client. Returns false if it is gone, the deadline passed, or all stops. */
    private boolean awaitReady() {
        long start = System.nanoTime();
        long spent = 0;
        while (!isReady()) {
            if (spent >= writeDeadline) {
                source.cut();
            }
            if (spent >= writeDeadline || source.ended() || isOver()) {
                return false;
            }
            source.pause(writeDeadline - spent);
            spent = System.nanoTime() - start;
        }
        waited += spent;
        return true;
    }

    private synchronized boolean isReady() {
        return !over && out.isReady();
    }

    private synchronized boolean isOver() {
        return over;
    }

    /** Completes the response, or has the connection closed: see {@code EventsServlet.abort}. */
    private synchronized void end(boolean taken) {
        if (over) {
            return;
        }
        over = true;
        end(taken ? async::complete : () -> async.dispatch(EventsServlet.PATH));
    }

    private static void end(Runnable how) {
        try {
            how.run();
        } catch (IllegalStateException e) {
            log.trace("the request has ended already", e);
        }
    }

    @Override
    public void onWritePossible() {
        if (thread.getState() == Thread.State.NEW) { // Tomcat's calls do not overlap
            thread.start();
        }
        LockSupport.unpark(thread);
    }

    /** Tomcat ends the request: the client disconnected, or the response is complete. */
    private void ended() {
        synchronized (this) {
            over = true;
        }
        source.close();
        LockSupport.unpark(thread);
    }

    @Override
    public void onError(Throwable cause) {
        ended();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        ended();
    }

    @Override
    public void onError(AsyncEvent event) {
        ended();
        end(async::complete); // or Tomcat would answer with an error
    }

    /** Never called: there is no timeout. */
    @Override
    public void onTimeout(AsyncEvent event) {}

    /** Called before {@link EventsServlet} fails. */
    @Override
    public void onStartAsync(AsyncEvent event) {}
}
