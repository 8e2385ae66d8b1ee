package io.switchboard.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.connector.ClientAbortException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the events of one subscriber, on a virtual thread of its own, without blocking: so it
 * knows at any time whether the client reads.
 *
 * <p>One that does not read is given the write deadline; then its connection is closed at once. If
 * it reads again before, after a second or more, and the ring has gone on without it, it is told
 * that it is cut, and cut. One that reads, while more happens than can be told it, is told a gap
 * and goes on.
 *
 * <p>This object's monitor guards {@code over} and is held for every use of the answer: Tomcat uses
 * an answer again for another request, but not before it has told the listener that it is over.
 */
final class EventFeed implements WriteListener, AsyncListener, Runnable {
    private static final Logger log = LoggerFactory.getLogger(EventFeed.class);

    /** What is written at once; with one event, at most, behind it. */
    private static final int CHUNK = 32 * 1024;

    private final EventSupply events;
    private final long writeDeadline;
    private final long heartbeat;
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final Thread thread = Thread.ofVirtual().name("event-feed").unstarted(this);
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    private boolean started;
    private boolean over;

    /** For the client, so far; of the feed's own thread. */
    private long waited;

    EventFeed(
            EventSupply events,
            Duration writeDeadline,
            Duration heartbeat,
            AsyncContext async,
            ServletOutputStream out) {
        this.events = events;
        this.writeDeadline = writeDeadline.toNanos();
        this.heartbeat = heartbeat.toNanos();
        this.async = async;
        this.out = out;
    }

    @Override
    public void run() {
        try (events) {
            finish(tell());
        } catch (IOException e) {
            log.trace("the client left", e); // and Tomcat ends the request
        }
    }

    /**
     * Writes until there is a reason to stop.
     *
     * @return false where the client has not taken what was written
     */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread is not taken off its carrier
    private boolean tell() throws IOException {
        boolean taken = write(events.opening());
        long beat = System.nanoTime() + heartbeat;
        boolean more = true;
        while (taken && more) {
            boolean ended = events.ended(); // asked first: what came before is still told
            EventSupply.Page page = events.read(waited);
            byte[] cut = page.cut();
            if (cut != null) {
                events.cut();
                return write(cut);
            }
            if (!page.frames().isEmpty()) {
                taken = write(page.frames());
                beat = System.nanoTime() + heartbeat;
                Thread.yield(); // a client that reads fast would keep others from this processor
            } else if (ended) {
                more = false;
            } else if (beat - System.nanoTime() <= 0) {
                taken = write(events.heartbeat());
                beat = System.nanoTime() + heartbeat;
            } else {
                events.await(beat - System.nanoTime());
            }
        }
        return taken && write(events.ending());
    }

    private boolean write(List<byte[]> told) throws IOException {
        boolean taken = true;
        chunk.reset();
        for (byte[] each : told) {
            chunk.writeBytes(each);
            if (chunk.size() >= CHUNK) {
                taken = taken && write(chunk.toByteArray());
                chunk.reset();
            }
        }
        return taken && write(chunk.toByteArray());
    }

    /** Returns when the client has taken the bytes, with true; with false when it has not. */
    private boolean write(byte[] bytes) throws IOException {
        return bytes.length == 0
                || (awaitReady()
                        && write(bytes, false)
                        && awaitReady()
                        && write(bytes, true)
                        && awaitReady());
    }

    private synchronized boolean write(byte[] bytes, boolean flush) throws IOException {
        if (over) {
            return false;
        }
        if (flush) {
            out.flush();
        } else {
            out.write(bytes);
        }
        return true;
    }

    /** Waits for the client as long as it may; false where it is gone, or that was too long. */
    private boolean awaitReady() {
        long start = System.nanoTime();
        long spent = 0;
        while (!isReady()) {
            if (spent >= writeDeadline) {
                events.cut();
            }
            if (spent >= writeDeadline || events.ended() || isOver()) {
                return false;
            }
            events.pause(writeDeadline - spent);
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

    private synchronized void finish(boolean orderly) {
        if (over) {
            return;
        }
        over = true;
        if (orderly) {
            complete();
        } else {
            hangUp();
        }
    }

    /** Asks Tomcat for a call of {@link #abort} on one of its threads. */
    private void hangUp() {
        try {
            async.dispatch(EventsController.PATH);
        } catch (IllegalStateException e) {
            log.trace("it was completed already", e);
        }
    }

    /**
     * Closes the connection of a subscriber that does not read, without waiting for it. Called on
     * the dispatch that {@link #hangUp} has asked for.
     *
     * <p>A servlet that completes such a request makes Tomcat wait until the client has read
     * everything, up to a minute. A servlet that fails after the response has begun makes Tomcat
     * write what the connection takes and close it, and as long as there is a write listener no
     * write waits.
     *
     * @throws ClientAbortException always: the one failure that Tomcat does not log
     */
    static void abort(HttpServletRequest request, HttpServletResponse response) throws IOException {
        request.startAsync();
        response.getOutputStream()
                .setWriteListener(
                        new WriteListener() {
                            @Override
                            public void onWritePossible() {}

                            @Override
                            public void onError(Throwable cause) {}
                        });
        throw new ClientAbortException(new IOException("the subscriber does not read"));
    }

    private void complete() {
        try {
            async.complete();
        } catch (IllegalStateException e) {
            log.trace("it was completed already", e);
        }
    }

    private void end() {
        synchronized (this) {
            over = true;
        }
        events.close();
        LockSupport.unpark(thread);
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            if (!started) {
                started = true;
                thread.start();
            }
        }
        LockSupport.unpark(thread);
    }

    @Override
    public void onError(Throwable cause) {
        end();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        end();
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
        complete(); // or Tomcat would go on to answer with an error
    }

    /** Never: it has no time-out. */
    @Override
    public void onTimeout(AsyncEvent event) {}

    /** Never: it is started once. */
    @Override
    public void onStartAsync(AsyncEvent event) {}
}
