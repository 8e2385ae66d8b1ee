package io.switchboard.transport.stream;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.net.Printable;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.Timer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that is not a peer yet: it runs its steps, such as a PROXY header and a TLS
 * handshake, one after another and within a deadline: the handshake deadline, which counts from
 * accept(2), or the timeout of an outbound connection.
 *
 * <pre>
 *   step ── DONE ──▶ next step … ── DONE ──▶ a peer
 *    │ ▲
 *    │ └─ readable, writable, or resume() called
 *    ├─ failed, or deadline passed ──▶ closed; if it was accepted, counted as a failed handshake
 *    └─ CLOSED ──▶ closed and counted by the step
 * </pre>
 *
 * <p>A step may have work done by another thread: it then returns WAITING or WATCHING, and the
 * thread calls {@link #resume} at the end. Meanwhile the stream belongs to that thread, and the
 * loop may only close the socket. It closes the stream, whose buffers the thread may be using,
 * after {@code resume}.
 *
 * <p>Only the loop's thread uses it, except for {@link #resume}, {@link #isWanted}, {@link
 * #abandon} and {@link #unread}.
 */
public final class ConnectionSetup implements EventLoop.Handler, Timer.Owner {
    private static final Logger log = LoggerFactory.getLogger(ConnectionSetup.class);

    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int DRAIN_BYTES = 16 * 1024;

    private final SelectionKey key;
    private final EventLoop loop;
    private final ListenerContext context;
    private final Iterator<Step> steps;
    private final StreamServerConnectionFactory factory;
    private final AcceptLoop acceptLoop;
    private final @Nullable InetAddress address;
    private final @Nullable Outbound outbound;
    private final Timer timer;
    private final SocketStream.TcpStream socket;
    private SocketStream stream;
    private ConnectionInfo info;
    private Step step;

    /** Whether another thread works for the step. */
    private boolean busy;

    /** Whether the connection is closed or a peer. Written by the loop's thread. */
    private volatile boolean finished;

    /** {@link System#nanoTime} at which the connection is closed, unless it is a peer by then. */
    private long deadline;

    /** Whether {@link #closeLingering} has refused the connection. */
    private boolean lingering;

    /**
     * One step of the setup, such as reading a PROXY header or a TLS handshake. Each connection has
     * its own instance, which is called on the connection's loop.
     */
    public interface Step {

        /** The state of a step after a call. */
        enum Progress {
            /** The step is complete; the next one may begin. */
            DONE,
            /** The step must be called again when the socket is readable. */
            NEEDS_READ,
            /** The step must be called again when the socket is writable. */
            NEEDS_WRITE,
            /** The step must be called again after {@link ConnectionSetup#resume}. */
            WAITING,
            /** As WAITING, and the step must also be called when the socket is readable. */
            WATCHING,
            /**
             * The step has closed the connection ({@link ConnectionSetup#close}, {@link
             * ConnectionSetup#closeLingering}) and counted it.
             */
            CLOSED
        }

        /**
         * Continues as far as possible without blocking.
         *
         * @param setup the connection; the step reads its stream, and may replace its stream and
         *     its info
         * @throws IOException the connection must be closed; the message gives the reason for the
         *     log
         */
        Progress advance(ConnectionSetup setup) throws IOException;

        /** Called once, on the loop, if the connection is closed before the step is complete. */
        default void closed(ConnectionSetup setup) {}
    }

    /**
     * Creates a setup that has not begun.
     *
     * @param outbound what is told of the end of the setup; null if the connection was accepted
     * @param key registered with an empty interest set
     * @param acceptLoop the accept loop that was running when the connection was made
     * @param deadline {@link System#nanoTime} at which the steps must be complete
     * @param address the address with which the limiter has counted the connection; null if it has
     *     none
     * @param steps at least one
     */
    ConnectionSetup(
            SocketStream.TcpStream socket,
            ConnectionInfo info,
            @Nullable Outbound outbound,
            SelectionKey key,
            EventLoop loop,
            StreamServerConnectionFactory factory,
            AcceptLoop acceptLoop,
            long deadline,
            @Nullable InetAddress address,
            List<Step> steps) {
        this.socket = socket;
        this.stream = socket;
        this.info = info;
        this.outbound = outbound;
        this.key = key;
        this.loop = loop;
        this.factory = factory;
        this.context = factory.context();
        this.acceptLoop = acceptLoop;
        this.address = address;
        this.steps = steps.iterator();
        this.step = this.steps.next();
        this.timer = loop.timer(this);
        this.deadline = deadline;
    }

    /** Starts the first step, unless the connection has waited for its loop until the deadline. */
    void begin() {
        key.attach(this);
        long now = System.nanoTime();
        if (!closeIfOverdue(now)) {
            timer.within(deadline - now);
            advance();
        }
    }

    /** Returns the stream from which the next step reads. */
    public SocketStream stream() {
        return stream;
    }

    /**
     * Pushes back bytes that a step has read from the socket beyond its own data. The next read of
     * the socket returns them first. Called by the thread that reads.
     */
    public void unread(byte[] bytes) {
        socket.unread(bytes);
    }

    /** Replaces the stream, by a layer on the current one. */
    public void stream(SocketStream next) {
        stream = next;
    }

    public ConnectionInfo info() {
        return info;
    }

    public void info(ConnectionInfo next) {
        info = next;
    }

    public ListenerContext context() {
        return context;
    }

    public EventLoop loop() {
        return loop;
    }

    public void count(ListenerMetric event, int times) {
        context.listener().counters().add(event, times);
    }

    /**
     * Refuses the connection: writes a last line, ends the stream (FIN), and closes later. Until
     * the client ends its stream, for one second at most, received bytes are read and dropped. If
     * the socket was closed with unread bytes, the kernel would send an RST, which could overtake
     * the line.
     *
     * @param line the encoded frame; the kernel takes it at once, as nothing was sent before
     * @throws IOException the client has disconnected; the lingering has not begun
     */
    public void closeLingering(byte[] line) throws IOException {
        stream.write(ByteBuffer.wrap(line));
        stream.shutdownOutput();
        key.interestOps(SelectionKey.OP_READ);
        lingering = true;
        deadline = System.nanoTime() + LINGER_NANOS;
        timer.within(LINGER_NANOS);
    }

    /**
     * Calls the step that is {@code WAITING} or {@code WATCHING} again, on the loop. The thread
     * that worked for the step calls this method once, and does not use the stream any more.
     */
    public void resume() {
        loop.execute(this::resumed);
    }

    /**
     * Returns whether work for this connection is still useful: the connection is open and its
     * deadline has not passed. Any thread.
     */
    public boolean isWanted() {
        return !finished && deadline - System.nanoTime() > 0;
    }

    /** Closes the connection for this reason, unless it is closed or already a peer. Any thread. */
    public void abandon(String reason) {
        loop.execute(
                () -> {
                    if (!finished) {
                        fail(new IOException(reason));
                    }
                });
    }

    private void resumed() {
        busy = false;
        if (finished) {
            closeStream();
        } else if (!closeIfOverdue(System.nanoTime())) {
            try {
                advance();
            } catch (RuntimeException | Error e) {
                FatalErrors.check(e);
                fault(e); // a task that throws would leave the connection open
            }
        }
    }

    @Override
    public void ready(SelectionKey selected) {
        if (lingering) {
            drain();
        } else {
            advance();
        }
    }

    /** Reads and drops what a refused client still sends. */
    private void drain() {
        try {
            if (loop.read(stream, DRAIN_BYTES) < 0) {
                close();
            }
        } catch (IOException e) {
            log.trace("the client has disconnected", e);
            close();
        }
    }

    private void advance() {
        if (finished || lingering) {
            return;
        }
        try {
            Step.Progress progress = step.advance(this);
            while (progress == Step.Progress.DONE && steps.hasNext()) {
                step = steps.next();
                progress = step.advance(this);
            }
            switch (progress) {
                case DONE -> {
                    key.interestOps(0);
                    factory.open(stream, info, outbound, key, loop, acceptLoop);
                    finished = true;
                    timer.cancel();
                }
                case NEEDS_READ -> key.interestOps(SelectionKey.OP_READ);
                case NEEDS_WRITE -> key.interestOps(SelectionKey.OP_WRITE);
                case WAITING -> {
                    busy = true;
                    key.interestOps(0);
                }
                case WATCHING -> {
                    busy = true;
                    key.interestOps(SelectionKey.OP_READ);
                }
                case CLOSED -> {}
            }
        } catch (IOException | CancelledKeyException e) {
            fail(e);
        }
    }

    @Override
    public long checkDeadlines(long now) {
        if (lingering && deadline - now <= 0) {
            close();
            return Timer.NONE;
        }
        return closeIfOverdue(now) ? Timer.NONE : deadline - now;
    }

    /** Closes the connection if its deadline has passed; returns whether it has. */
    private boolean closeIfOverdue(long now) {
        boolean overdue = deadline - now <= 0;
        if (overdue && outbound != null) {
            fail(new SocketTimeoutException());
        } else if (overdue) {
            String limit = DurationText.of(context.handshakeDeadline());
            fail(new IOException("not completed within " + limit));
        }
        return overdue;
    }

    @Override
    public void fault(Throwable cause) {
        log.error(
                "listener {}: a connection is closed after an error",
                context.listener().name(),
                cause);
        if (outbound != null) {
            outbound.result().completeExceptionally(cause);
        }
        close();
    }

    private void fail(Exception cause) {
        if (outbound != null) {
            outbound.result().completeExceptionally(cause);
        } else {
            count(ListenerMetric.FAILED_HANDSHAKES, 1);
        }
        log.debug(
                "listener {}: {} from {} failed: {}",
                context.listener().name(),
                step,
                socket.socket(),
                Printable.of(String.valueOf(cause.getMessage())));
        close();
    }

    /** Closes the connection at once, unless it is closed or already a peer. */
    public void close() {
        if (finished) {
            return;
        }
        finished = true;
        timer.cancel();
        step.closed(this);
        closeStream();
        context.release(address, info);
    }

    private void closeStream() {
        try {
            (busy ? socket : stream).close();
        } catch (IOException e) {
            log.trace("the socket is already closed", e);
        }
    }
}
