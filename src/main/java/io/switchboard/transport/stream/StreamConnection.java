package io.switchboard.transport.stream;

import io.switchboard.framing.Raw;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Link;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketOptions;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.Timer;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.support.GenericMessage;

/**
 * One accepted connection on its event loop: reads frames and hands them to the inbound adapter,
 * writes for the session's outbox, and ends the stream so that its last bytes arrive.
 *
 * <p>Fields without another word belong to the loop's thread. {@link Link}'s methods come from any
 * thread and touch only the channel, the key and the volatile fields.
 */
final class StreamConnection extends SpringConnection
        implements Link, EventLoop.Handler, Consumer<byte[]> {
    private static final Logger log = LoggerFactory.getLogger(StreamConnection.class);

    /**
     * For so long what still comes is read and dropped, so that no RST overtakes our last bytes.
     */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The JDK copies heap buffers to direct ones of the same size and keeps those per thread. */
    private static final int WRITE_AT_ONCE = 256 * 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final EventLoop loop;
    private final StreamService service;
    private final FrameReader reader;

    /** Runs while bytes are held that only a silence makes a message; null where none does. */
    private final @Nullable Timer gap;

    private final SocketAddress remote;
    private final SocketAddress local;
    private final AtomicBoolean freed = new AtomicBoolean();

    @SuppressWarnings("NullAway.Init") // open() sets it, before the first event
    private PeerSession session;

    private @Nullable FrameHeaders headers;
    private boolean deaf;
    private boolean paused;

    /** {@link System#nanoTime} since which nothing has kept it from reading. */
    private long resumed = System.nanoTime();

    /**
     * {@link System#nanoTime} at which lingering ends; 0 while the stream has not been finished.
     */
    private volatile long lingerUntil;

    /**
     * @param key registered with no interest yet
     */
    StreamConnection(
            SocketChannel channel,
            SelectionKey key,
            EventLoop loop,
            StreamService service,
            TcpListener frameListener)
            throws IOException {
        super(frameListener);
        this.channel = channel;
        this.key = key;
        this.loop = loop;
        this.service = service;
        this.reader = new FrameReader(service.in(), service.listener().maxFrame());
        this.gap =
                service.in() instanceof Raw raw && raw.joins() ? loop.timer(this, raw.gap()) : null;
        this.remote = channel.getRemoteAddress();
        this.local = channel.getLocalAddress();
    }

    /**
     * Makes the connection a peer. The key is registered, without interest, before the session is
     * known to others, and reads only after: else a sender's wish for OP_WRITE would race with the
     * registration.
     */
    void open() {
        key.attach(this);
        session = service.registry().open(service.listener(), this);
        ask(SelectionKey.OP_READ);
    }

    private void ask(int operation) {
        try {
            key.interestOpsOr(operation);
        } catch (CancelledKeyException e) {
            log.trace("closed by another thread meanwhile", e);
        }
    }

    @Override
    PeerSession session() {
        return session;
    }

    @Override
    public void ready(SelectionKey ready) {
        if (ready.isWritable()) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            session.writable();
        }
        if (ready.isReadable() && (drops() || session.mayBeRead())) {
            read();
        }
    }

    /** Whether nobody hears what it reads any more. */
    private boolean drops() {
        return deaf || lingerUntil != 0;
    }

    private void read() {
        int count;
        try {
            count = loop.read(channel);
        } catch (IOException e) {
            release();
            session.broken(e);
            free();
            return;
        }
        if (count < 0) {
            release();
            session.peerClosed();
            free();
        } else if (!drops()) {
            receive(count);
        }
    }

    private void receive(int count) {
        int messages = reader.read(loop.bytes(), count, this);
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
        if (gap == null || drops() || !channel.isOpen()) {
            return;
        }
        int messages = reader.release(this);
        if (messages > 0) {
            session.received(messages, 0);
        }
    }

    /** Hands one frame's payload on. */
    @Override
    public void accept(byte[] payload) {
        if (headers == null) {
            headers = new FrameHeaders(session);
        }
        getListener().onMessage(new GenericMessage<>(payload, headers));
    }

    private void closeWithError(CloseReason reason, String detail) {
        deaf = true;
        reader.drop();
        session.closeWithError(reason, detail);
    }

    @Override
    public void sweep(long now) {
        long until = lingerUntil;
        if (until != 0 && now - until > 0) {
            free();
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
        free();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int limit = bytes.limit();
        int taken = 0;
        try {
            int asked;
            int count;
            do {
                asked = Math.min(limit - bytes.position(), WRITE_AT_ONCE);
                bytes.limit(bytes.position() + asked);
                count = channel.write(bytes);
                taken += count;
            } while (count == asked && bytes.position() < limit);
        } finally {
            bytes.limit(limit);
        }
        return taken;
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        return count == 1 ? write(buffers[0]) : channel.write(buffers, 0, count);
    }

    @Override
    public void wakeWhenWritable() {
        ask(SelectionKey.OP_WRITE);
        loop.wakeUp();
    }

    /** By the loop's queue, so that what was said last counts. Until then ready() asks itself. */
    @Override
    public void pauseReading() {
        loop.execute(this::pause);
    }

    @Override
    public void resumeReading() {
        loop.execute(this::resume);
    }

    private void pause() {
        if (drops()) {
            return;
        }
        paused = true;
        try {
            key.interestOpsAnd(~SelectionKey.OP_READ);
        } catch (CancelledKeyException e) {
            log.trace("closed by another thread meanwhile", e);
        }
    }

    private void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        resumed = System.nanoTime();
        if (gap != null && reader.partialBytes() > 0) {
            gap.restart();
        }
        ask(SelectionKey.OP_READ);
    }

    @Override
    public void finish() {
        lingerUntil = System.nanoTime() + LINGER_NANOS | 1;
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            free();
        }
        // A peer that waits until its bytes are taken would not come to read ours before the RST.
        loop.execute(this::resume);
    }

    @Override
    public void abort() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            log.trace("it is closed already", e);
        }
        free();
    }

    /** Frees the descriptor. The loop must run once for that: it takes the key back. */
    private void free() {
        if (!freed.compareAndSet(false, true)) {
            return;
        }
        service.admission().leave(Endpoint.ip(remote));
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", remote, e.toString());
        }
        loop.wakeUp();
        service.backoff().wake();
    }

    @Override
    public SocketAddress remote() {
        return remote;
    }

    @Override
    public SocketAddress local() {
        return local;
    }

    @Override
    public Optional<SocketOptions> options() {
        try {
            return Optional.of(
                    new SocketOptions(
                            channel.getOption(StandardSocketOptions.SO_SNDBUF),
                            channel.getOption(StandardSocketOptions.SO_RCVBUF),
                            channel.getOption(StandardSocketOptions.SO_KEEPALIVE),
                            channel.getOption(StandardSocketOptions.TCP_NODELAY)));
        } catch (IOException e) {
            return Optional.empty(); // closed meanwhile
        }
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) throws IOException {
        channel.setOption(option, on);
    }

    @Override
    public int partialFrameBytes() {
        return reader.partialBytes();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }
}
