package io.switchboard.transport.stream;

import io.switchboard.peer.DurationText;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Printable;
import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
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

    private final SelectionKey key;
    private final EventLoop loop;
    private final StreamService service;
    private final Iterator<Step> steps;
    private final Ready ready;
    private final Consumer<Introduction> failed;
    private final long deadline;
    private Wire wire;
    private Introduction introduction;
    private Step step;
    private boolean over;

    /** What becomes of a connection that has taken every step. */
    interface Ready {
        void open(Wire wire, Introduction introduction) throws IOException;
    }

    /**
     * @param key registered with no interest yet
     * @param steps at least one
     * @param failed told what it had learned when it comes to nothing, after the wire is closed
     */
    Opening(
            Wire wire,
            Introduction introduction,
            SelectionKey key,
            EventLoop loop,
            StreamService service,
            List<Step> steps,
            Ready ready,
            Consumer<Introduction> failed) {
        this.wire = wire;
        this.introduction = introduction;
        this.key = key;
        this.loop = loop;
        this.service = service;
        this.steps = steps.iterator();
        this.step = this.steps.next();
        this.ready = ready;
        this.failed = failed;
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

    /** Puts a layer on the wire, or takes one off. */
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

    /** It is gone, or to be closed without a word. */
    void leave() {
        giveUp();
    }

    /**
     * Closes it with a last word, which the client has a moment to read.
     *
     * @param line framed
     */
    void dismiss(byte[] line) throws IOException {
        new Dismissal(wire, key, loop, () -> failed.accept(introduction)).begin(line);
        over = true;
    }

    /** The step that waits is called again; from any thread. */
    void goOn() {
        loop.execute(this::advance);
    }

    @Override
    public void ready(SelectionKey selected) {
        advance();
    }

    private void advance() {
        if (over) {
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
                    ready.open(wire, introduction);
                    over = true;
                }
                case NEEDS_READ -> key.interestOps(SelectionKey.OP_READ);
                case NEEDS_WRITE -> key.interestOps(SelectionKey.OP_WRITE);
                case WAITS -> key.interestOps(0);
                case OVER -> over = true;
            }
        } catch (IOException | CancelledKeyException e) {
            fail(e);
        }
    }

    @Override
    public void sweep(long now) {
        if (now - deadline > 0) {
            fail(
                    new IOException(
                            "not done within " + DurationText.of(service.handshakeDeadline())));
        }
    }

    /** It has no timer. */
    @Override
    public void due() {}

    @Override
    public void fault(Throwable cause) {
        log.error("listener {}: a connection is closed after", service.listener().name(), cause);
        giveUp();
    }

    private void fail(Exception cause) {
        service.listener().counters().add(Count.FAILED_HANDSHAKES, 1);
        log.debug(
                "listener {}: {} from {} came to nothing: {}",
                service.listener().name(),
                step,
                wire.socket(),
                Printable.of(String.valueOf(cause.getMessage())));
        giveUp();
    }

    private void giveUp() {
        if (over) {
            return;
        }
        over = true;
        try {
            wire.close();
        } catch (IOException e) {
            log.trace("it is closed already", e);
        }
        failed.accept(introduction);
    }
}
