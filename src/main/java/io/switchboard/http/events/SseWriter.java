package io.switchboard.http.events;

import io.switchboard.events.EventBudget;
import io.switchboard.events.EventProperties;
import io.switchboard.events.EventStreamSource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the event stream of one subscriber, on a virtual thread of its own that never blocks in a
 * write.
 *
 * <p>A client that accepts no bytes for the duration of the write deadline is disconnected. A
 * client that reads again earlier, but has delayed the stream for a second or more and has missed
 * events, receives the event {@code cut} and the end of the stream. A client that reads all the
 * time but more slowly than events happen receives the event {@code gap}.
 *
 * <p>The writer encodes and writes only while it has a turn, and returns it before it waits for the
 * client or for events. While it waits for the client, the memory of the events that it has read
 * comes from a budget; if the budget is exhausted, the client is disconnected.
 *
 * <p>This object's monitor guards {@code finished} and is held during every use of the response,
 * because Tomcat reuses a response as soon as its listeners have returned.
 */
final class SseWriter implements WriteListener, AsyncListener, Runnable {
    private static final Logger log = LoggerFactory.getLogger(SseWriter.class);

    /** Frames are written in chunks of about this size; a chunk exceeds it by at most one frame. */
    private static final int CHUNK = 8 * 1024;

    private final EventStreamSource source;
    private final long writeDeadline;
    private final long heartbeat;
    private final AsyncContext async;
    private final EventBudget budget;
    private final Turns turns;
    private final ServletOutputStream out;
    private final Thread thread = Thread.ofVirtual().name("sse").unstarted(this);
    private boolean finished;

    /** The total time, in nanoseconds, of waiting for the client. Used by the writer's thread. */
    private long waited;

    /** Whether the writer has a turn. Used by the writer's thread, like the two that follow. */
    private boolean turn;

    /** The size of the frames that are being written. */
    private long unwritten;

    /** The part of {@code unwritten} that is reserved in the budget: all of it, or nothing. */
    private long reserved;

    SseWriter(
            EventStreamSource source,
            EventProperties properties,
            EventBudget budget,
            Turns turns,
            AsyncContext async)
            throws IOException {
        this.source = source;
        this.writeDeadline = properties.writeDeadline().toNanos();
        this.heartbeat = properties.heartbeat().toNanos();
        this.budget = budget;
        this.turns = turns;
        this.async = async;
        this.out = async.getResponse().getOutputStream();
    }

    @Override
    public void run() {
        try (source) {
            end(writeStream());
        } catch (IOException e) {
            log.trace("the client disconnected", e); // Tomcat ends the request itself
        } finally {
            endTurn();
            release();
        }
    }

    private void beginTurn() {
        if (!turn) {
            turns.begin();
            turn = true;
        }
    }

    private void endTurn() {
        if (turn) {
            turn = false;
            turns.end();
        }
    }

    private void release() {
        budget.release(reserved);
        reserved = 0;
    }

    /** Writes until the stream ends. Returns whether the client has accepted everything. */
    @SuppressWarnings("ThreadPriorityCheck") // the scheduler does not preempt virtual threads
    private boolean writeStream() throws IOException {
        boolean accepted = write(List.of(source.opening()));
        long nextHeartbeat = System.nanoTime() + heartbeat;
        boolean more = true;
        while (accepted && more) {
            beginTurn();
            boolean ended = source.ended(); // read before the page, which then has all events
            EventStreamSource.Page page = source.read(waited);
            if (page.cut() != null) {
                source.countSlow();
                return write(List.of(page.cut()));
            }
            if (!page.frames().isEmpty()) {
                accepted = write(page.frames());
                nextHeartbeat = System.nanoTime() + heartbeat;
                endTurn();
                Thread.yield(); // otherwise a client that reads fast monopolizes the processor
            } else if (ended) {
                more = false;
            } else if (nextHeartbeat - System.nanoTime() <= 0) {
                accepted = write(List.of(source.heartbeat()));
                nextHeartbeat = System.nanoTime() + heartbeat;
            } else {
                endTurn();
                source.await(nextHeartbeat - System.nanoTime());
            }
        }
        return accepted && write(List.of(source.ending()));
    }

    private boolean write(List<byte[]> frames) throws IOException {
        unwritten = frames.stream().mapToLong(each -> each.length).sum();
        try {
            return writeAll(frames);
        } finally {
            release();
        }
    }

    private boolean writeAll(List<byte[]> frames) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        boolean accepted = true;
        for (byte[] each : frames) {
            chunk.writeBytes(each);
            if (chunk.size() >= CHUNK) {
                accepted = accepted && write(chunk);
            }
        }
        return accepted && write(chunk);
    }

    /**
     * Writes the bytes. Returns true when the client has accepted them, or false if it does not.
     */
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
        if (!finished) {
            step.run();
        }
        return !finished;
    }

    /**
     * Waits until the client accepts bytes. Returns false if it has disconnected, the write
     * deadline has passed, or the service is stopping.
     */
    private boolean awaitReady() {
        long start = System.nanoTime();
        long spent = 0;
        while (!isReady()) {
            endTurn();
            boolean slow = spent >= writeDeadline || !reserve();
            if (slow) {
                source.countSlow();
            }
            if (slow || source.ended() || isFinished()) {
                return false;
            }
            source.pause(writeDeadline - spent);
            spent = System.nanoTime() - start;
        }
        waited += spent;
        beginTurn();
        return true;
    }

    /** Reserves the memory of the frames that wait. Returns false if the budget is exhausted. */
    private boolean reserve() {
        if (reserved == 0 && budget.tryReserve(unwritten)) {
            reserved = unwritten;
        }
        return reserved == unwritten;
    }

    private synchronized boolean isReady() {
        return !finished && out.isReady();
    }

    private synchronized boolean isFinished() {
        return finished;
    }

    /** Completes the response, or closes the connection by means of {@code EventsServlet.abort}. */
    private synchronized void end(boolean accepted) {
        if (finished) {
            return;
        }
        finished = true;
        end(accepted ? async::complete : () -> async.dispatch(EventsServlet.PATH));
    }

    private static void end(Runnable action) {
        try {
            action.run();
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

    /** Stops the writer after Tomcat has ended the request: on a disconnect or when complete. */
    private void ended() {
        synchronized (this) {
            finished = true;
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
        end(async::complete); // otherwise Tomcat would answer with an error
    }

    /** Never called, because there is no timeout. */
    @Override
    public void onTimeout(AsyncEvent event) {}

    /** Called when {@link EventsServlet} aborts the request. */
    @Override
    public void onStartAsync(AsyncEvent event) {}
}
