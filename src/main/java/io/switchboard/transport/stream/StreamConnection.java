package io.switchboard.transport.stream;

import io.switchboard.framing.Raw;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerRegistry.Naming;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.Timer;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;

/**
 * One connection on its event loop: reads frames and hands them to the inbound adapter. Its {@link
 * StreamLink} writes, and ends it.
 *
 * <p>Everything belongs to the loop's thread but {@link #partialFrameBytes} and what Spring asks.
 * What may block, a listener of events or a gateway, is called on {@link #offLoop}: the open event,
 * then each frame for a gateway, then the close event. Nothing is read before the open event has
 * been published.
 */
final class StreamConnection implements EventLoop.Handler, Consumer<byte[]> {

    /** Frames that wait for a gateway before reading is paused; those of one read come on top. */
    private static final int MOST_WAITING = 16;

    private final SelectionKey key;
    private final StreamLink link;
    private final EventLoop loop;
    private final StreamServerConnectionFactory factory;
    private final StreamService service;
    private final FrameReader reader;
    private final TcpListener listener;
    private final SerialExecutor offLoop = new SerialExecutor();

    /** Runs while bytes are held that only a silence makes a message; null where none does. */
    private final @Nullable Timer gap;

    @SuppressWarnings("NullAway.Init") // opened() sets it, before anybody can find it
    private PeerSession session;

    private @Nullable MessageHeaders headers;
    private boolean deaf;
    private boolean paused;

    /** {@link System#nanoTime} since which nothing has kept it from reading. */
    private long resumed = System.nanoTime();

    /** The key is registered with no interest yet. */
    StreamConnection(
            Wire wire,
            Introduction introduction,
            SelectionKey key,
            EventLoop loop,
            StreamServerConnectionFactory factory)
            throws IOException {
        this.key = key;
        this.loop = loop;
        this.factory = factory;
        this.service = factory.service();
        this.listener = Objects.requireNonNull(factory.getListener());
        this.reader = new FrameReader(service.in(), service.listener().maxFrame());
        this.gap =
                service.in() instanceof Raw raw && raw.joins() ? loop.timer(this, raw.gap()) : null;
        this.link = new StreamLink(wire, introduction, key, loop, service, this);
    }

    /**
     * Makes the connection a peer. The key is registered, without interest, before the session is
     * known to others, and reads only after: else a sender's wish for OP_WRITE would race with the
     * registration.
     */
    void open() {
        key.attach(this);
        service.registry().open(service.listener(), link);
        String name = link.introduction().name();
        if (name != null) {
            introduce(name);
        }
        if (factory.isObserved()) {
            offLoop.execute(() -> loop.execute(this::startReading));
        } else {
            startReading();
        }
    }

    private void startReading() {
        if (!paused) {
            link.ask(SelectionKey.OP_READ, true);
            readHeld();
        }
    }

    /** The session of this connection exists, and nobody else knows it yet. */
    void opened(PeerSession opened) {
        session = opened;
        if (factory.isObserved()) {
            offLoop.execute(() -> factory.announce(new SpringConnection(this)));
        }
    }

    /** The session has ended; from any thread, once. */
    void ended() {
        if (factory.isObserved()) {
            offLoop.execute(() -> factory.announceEnd(new SpringConnection(this)));
        }
    }

    private void introduce(String known) {
        if (service.registry().identify(session, known, List.of()) instanceof Naming.Taken taken) {
            session.refuse(taken, known);
        }
    }

    PeerSession session() {
        return session;
    }

    TcpListener listener() {
        return listener;
    }

    /** What the TLS handshake has settled; null without TLS. */
    @Nullable SSLSession sslSession() {
        return link.wire() instanceof TlsWire tls ? tls.session() : null;
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isWritable()) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            if (link.wire().flush()) {
                session.writable();
            } else {
                link.ask(SelectionKey.OP_WRITE, true);
            }
        }
        if (ready.isReadable() && (drops() || session.mayBeRead())) {
            read();
            readHeld();
        }
    }

    /** Reads what the wire has and the selector does not know of. */
    private void readHeld() {
        while (link.wire().holds() && isOpen() && (drops() || session.mayBeRead())) {
            read();
        }
    }

    /** Whether nobody hears what it reads any more. */
    private boolean drops() {
        return deaf || link.isFinished();
    }

    private void read() {
        int count;
        try {
            count = loop.read(link.wire());
            if (link.wire().owes()) {
                link.ask(SelectionKey.OP_WRITE, true);
            }
        } catch (IOException e) {
            release();
            session.broken(e);
            link.free();
            return;
        }
        if (count < 0) {
            release();
            session.peerClosed();
            link.free();
        } else if (!drops()) {
            receive(count);
        }
    }

    private void receive(int count) {
        long now = System.nanoTime();
        session.arrived(now);
        int messages = reader.read(loop.bytes(), count, now, this);
        session.received(messages, count);
        FrameReader.Fault fault = reader.fault();
        if (fault != null) {
            closeWithError(fault.reason(), fault.sentence());
        } else if (gap != null && reader.partialBytes() > 0) {
            gap.restart();
        }
    }

    /** The gap has passed: what is held is a message, if it was the peer that was silent. */
    @Override
    public void due() {
        if (!paused) {
            release();
        }
    }

    private void release() {
        if (gap == null || drops() || !isOpen()) {
            return;
        }
        session.arrived(System.nanoTime());
        int messages = reader.release(this);
        if (messages > 0) {
            session.received(messages, 0);
        }
    }

    /** Hands one frame's payload on. */
    @Override
    public void accept(byte[] payload) {
        if (headers == null) {
            headers = new SpringConnection(this).headers();
        }
        Message<byte[]> frame = new GenericMessage<>(payload, headers);
        if (!factory.listenerMayBlock()) {
            deliver(frame);
            return;
        }
        // before the frame waits: the last that waits resumes, whoever was quicker
        if (offLoop.size() >= MOST_WAITING) {
            session.pauseReading(offLoop);
        }
        offLoop.execute(() -> deliverOffLoop(frame));
    }

    private void deliverOffLoop(Message<byte[]> frame) {
        if (offLoop.size() <= MOST_WAITING / 2) {
            session.resumeReading(offLoop);
        }
        deliver(frame);
    }

    /** For a single use nothing counts behind the frame after which the connection is closed. */
    private void deliver(Message<byte[]> frame) {
        if (!factory.isSingleUse() || session.state() == PeerState.OPEN) {
            listener.onMessage(frame);
        }
    }

    private void closeWithError(CloseReason reason, String detail) {
        deaf = true;
        reader.drop();
        session.closeWithError(reason, detail);
    }

    @Override
    public void sweep(long now) {
        if (link.isOverdue(now)) {
            link.free();
            return;
        }
        boolean overdue =
                !paused
                        && now - resumed > service.frameDeadline().toNanos()
                        && reader.overdue(now, service.frameDeadline());
        if (overdue && gap != null) {
            release();
        } else if (overdue) {
            closeWithError(
                    CloseReason.FRAME_DEADLINE,
                    "a frame was not finished within " + DurationText.of(service.frameDeadline()));
        }
        session.sweep(now);
    }

    @Override
    public void fault(Throwable cause) {
        session.broken(cause);
        link.free();
    }

    /** On the loop: reads nothing more until {@link #resume}. */
    void pause() {
        if (drops()) {
            return;
        }
        paused = true;
        link.ask(SelectionKey.OP_READ, false);
    }

    /** On the loop: reads on, where it was paused. */
    void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        resumed = System.nanoTime();
        if (gap != null && reader.partialBytes() > 0) {
            gap.restart();
        }
        link.ask(SelectionKey.OP_READ, true);
        readHeld();
    }

    /** How many bytes of an unfinished frame are held. From any thread. */
    int partialFrameBytes() {
        return reader.partialBytes();
    }

    private boolean isOpen() {
        return link.wire().isOpen();
    }
}
