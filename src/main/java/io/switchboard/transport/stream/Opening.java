package io.switchboard.transport.stream;

import io.switchboard.peer.DurationText;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Printable;
import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
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
 * A connection that is not a peer yet: it takes its steps one after the other, within the handshake
 * deadline.
 *
 * <pre>
 *   step ── DONE ──▶ next step … ── DONE ──▶ a peer
 *    │ ▲
 *    │ └─ readable, writable, or told to go on
 *    ├─ failed, or no time left ──▶ closed, and counted
 *    └─ left, or dismissed ──▶ closed, and counted by the step
 * </pre>
 *
 * <p>Everything belongs to the loop's thread but {@link #goOn}.
 */
final class Opening implements EventLoop.Handler {
    private static final Logger log = LoggerFactory.getLogger(Opening.class);

    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SelectionKey key;
    private final EventLoop loop;
    private final StreamService service;
    private final Iterator<Step> steps;
    private final StreamServerConnectionFactory factory;
    private final AcceptLoop since;
    private final @Nullable InetAddress from;
    private final long deadline;
    private final Wire.SocketWire socket;
    private Wire wire;
    private Introduction introduction;
    private Step step;
    private boolean over;

    /** {@link System#nanoTime} at which a dismissed connection is closed; 0 for any other. */
    private long lingerUntil;

    /**
     * Something that must be settled before a connection is a peer: a header to be read, a
     * handshake. One for each connection; called on its loop.
     */
    interface Step {

        /** How far it has come. */
        enum Progress {
            /** The next step may begin. */
            DONE,
            /** To be called again when the socket can be read. */
            NEEDS_READ,
            /** To be called again when the socket can be written. */
            NEEDS_WRITE,
            /** To be called again when somebody calls {@link Opening#goOn}. */
            WAITS,
            /**
             * The step has closed and counted it ({@link Opening#close}, {@link Opening#dismiss}).
             */
            OVER
        }

        /**
         * Goes on as far as it can without blocking.
         *
         * @param opening whose wire it reads and may change, and whose introduction it adds to
         * @throws IOException the connection is of no use: the message says why, for the log
         */
        Progress advance(Opening opening) throws IOException;
    }

    /**
     * @param key registered with no interest yet
     * @param since which has accepted it
     * @param from the address as which it was admitted; null where it has none
     * @param steps at least one
     */
    Opening(
            Wire.SocketWire socket,
            Introduction introduction,
            SelectionKey key,
            EventLoop loop,
            StreamServerConnectionFactory factory,
            AcceptLoop since,
            @Nullable InetAddress from,
            List<Step> steps) {
        this.socket = socket;
        this.wire = socket;
        this.introduction = introduction;
        this.key = key;
        this.loop = loop;
        this.factory = factory;
        this.service = factory.service();
        this.since = since;
        this.from = from;
        this.steps = steps.iterator();
        this.step = this.steps.next();
        this.deadline = System.nanoTime() + service.handshakeDeadline().toNanos();
    }

    /** Takes the first step. */
    void begin() {
        key.attach(this);
        advance();
    }

    /** What the steps go on with. */
    Wire wire() {
        return wire;
    }

    /** Gives bytes back that the step has read from the socket: the next read gets them first. */
    void unread(byte[] bytes) {
        socket.unread(bytes);
    }

    /** Puts a layer on the wire. */
    void wire(Wire next) {
        wire = next;
    }

    Introduction introduction() {
        return introduction;
    }

    void introduction(Introduction next) {
        introduction = next;
    }

    StreamService service() {
        return service;
    }

    EventLoop loop() {
        return loop;
    }

    void count(Count event, int times) {
        service.listener().counters().add(event, times);
    }

    /**
     * Closes it with a last word, which the kernel takes at once: nothing was sent before. What it
     * still sends is read and dropped until it ends its stream, or for a second: closing over
     * unread bytes sends an RST, which would overtake the last word.
     *
     * @param line framed
     * @throws IOException the client is gone; nothing was begun
     */
    void dismiss(byte[] line) throws IOException {
        wire.write(ByteBuffer.wrap(line));
        wire.shutdownOutput();
        key.interestOps(SelectionKey.OP_READ);
        lingerUntil = System.nanoTime() + LINGER_NANOS | 1;
    }

    /** The step that waits is called again; from any thread. */
    void goOn() {
        loop.execute(this::advance);
    }

    @Override
    public void ready(SelectionKey selected) {
        if (lingerUntil == 0) {
            advance();
        } else {
            drop();
        }
    }

    /** Reads what a dismissed connection still sends. */
    private void drop() {
        try {
            if (loop.read(wire) < 0) {
                close();
            }
        } catch (IOException e) {
            log.trace("it has left", e);
            close();
        }
    }

    private void advance() {
        if (over || lingerUntil != 0) {
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
                    factory.open(wire, introduction, key, loop, since);
                    over = true;
                }
                case NEEDS_READ -> key.interestOps(SelectionKey.OP_READ);
                case NEEDS_WRITE -> key.interestOps(SelectionKey.OP_WRITE);
                case WAITS -> key.interestOps(0);
                case OVER -> {}
            }
        } catch (IOException | CancelledKeyException e) {
            fail(e);
        }
    }

    @Override
    public void sweep(long now) {
        if (lingerUntil != 0) {
            if (now - lingerUntil > 0) {
                close();
            }
        } else if (now - deadline > 0) {
            fail(
                    new IOException(
                            "not done within " + DurationText.of(service.handshakeDeadline())));
        }
    }

    @Override
    public void fault(Throwable cause) {
        log.error("listener {}: a connection is closed after", service.listener().name(), cause);
        close();
    }

    private void fail(Exception cause) {
        count(Count.FAILED_HANDSHAKES, 1);
        log.debug(
                "listener {}: {} from {} came to nothing: {}",
                service.listener().name(),
                step,
                wire.socket(),
                Printable.of(String.valueOf(cause.getMessage())));
        close();
    }

    /** Closes it without a word, unless it is a peer already or closed. */
    void close() {
        if (over) {
            return;
        }
        over = true;
        try {
            wire.close();
        } catch (IOException e) {
            log.trace("it is closed already", e);
        }
        service.left(from, introduction);
    }
}
