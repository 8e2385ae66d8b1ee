package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Link;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.Link.TlsFacts;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a session reaches its connection: writes for its outbox, and ends the stream so that its last
 * bytes arrive. What it is told about reading it passes on to the loop.
 *
 * <p>Thread-safe: it touches the wire, the key and the volatile field. This object's monitor guards
 * whether the descriptor is freed.
 */
final class StreamLink implements Link {
    private static final Logger log = LoggerFactory.getLogger(StreamLink.class);

    /** What comes meanwhile is read and dropped, so that no RST overtakes our last bytes. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Wire wire;
    private final Introduction introduction;
    private final SelectionKey key;
    private final EventLoop loop;
    private final StreamService service;
    private final StreamConnection reading;
    private final SocketAddress remote;
    private final SocketAddress local;
    private boolean freed;

    /** {@link System#nanoTime} at which lingering ends; 0 while the stream is not finished. */
    private volatile long lingerUntil;

    /** The key is registered with no interest yet; {@code reading} is the same connection's. */
    StreamLink(
            Wire wire,
            Introduction introduction,
            SelectionKey key,
            EventLoop loop,
            StreamService service,
            StreamConnection reading)
            throws IOException {
        this.wire = wire;
        this.introduction = introduction;
        this.key = key;
        this.loop = loop;
        this.service = service;
        this.reading = reading;
        this.remote = wire.socket().getRemoteAddress();
        this.local = wire.socket().getLocalAddress();
    }

    @Override
    public void attach(PeerSession session) {
        reading.opened(session);
    }

    Wire wire() {
        return wire;
    }

    Introduction introduction() {
        return introduction;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return wire.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        return wire.write(buffers, count);
    }

    @Override
    public int ahead() {
        return wire.ahead();
    }

    @Override
    public void wakeWhenWritable() {
        ask(SelectionKey.OP_WRITE, true);
        loop.wakeUp();
    }

    /** Changes whether the loop looks for this operation; wakes nobody. */
    void ask(int operation, boolean on) {
        try {
            if (on) {
                key.interestOpsOr(operation);
            } else {
                key.interestOpsAnd(~operation);
            }
        } catch (CancelledKeyException e) {
            log.trace("closed by another thread meanwhile", e);
        }
    }

    /** By the loop's queue, so that what was said last counts. Until then ready() asks itself. */
    @Override
    public void pauseReading() {
        loop.execute(reading::pause);
    }

    @Override
    public void resumeReading() {
        loop.execute(reading::resume);
    }

    @Override
    public void finish() {
        reading.ended();
        lingerUntil = System.nanoTime() + LINGER_NANOS | 1;
        try {
            wire.shutdownOutput();
            if (wire.owes()) {
                wakeWhenWritable();
            }
        } catch (IOException e) {
            free();
        }
        // A peer that waits until its bytes are taken would not come to read ours before the RST.
        loop.execute(reading::resume);
    }

    /** Whether the stream has been ended: what still comes is dropped. */
    boolean isFinished() {
        return lingerUntil != 0;
    }

    /** Whether the peer has had its time to end its own. */
    boolean isOverdue(long now) {
        long until = lingerUntil;
        return until != 0 && now - until > 0;
    }

    @Override
    public void abort() {
        reading.ended();
        try {
            wire.socket().setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            log.trace("it is closed already", e);
        }
        free();
    }

    /** Frees the descriptor. The loop must run once for that: it takes the key back. */
    void free() {
        synchronized (this) {
            if (freed) {
                return;
            }
            freed = true;
        }
        service.left(Endpoint.ip(remote), introduction);
        try {
            wire.close();
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
    public SocketAddress client() {
        SocketAddress known = introduction.client();
        return known == null ? remote : known;
    }

    @Override
    public Endpoint peername() {
        Endpoint known = introduction.credentials();
        return known == null ? Endpoint.of(client()) : known;
    }

    @Override
    public Direction direction() {
        return introduction.direction();
    }

    @Override
    public @Nullable TlsFacts tls() {
        return introduction.tls();
    }

    @Override
    public Optional<SocketOptions> options() {
        try {
            return Optional.of(service.binding().options(wire.socket()));
        } catch (IOException e) {
            return Optional.empty(); // closed meanwhile
        }
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) throws IOException {
        wire.socket().setOption(option, on);
    }

    @Override
    public int partialFrameBytes() {
        return reading.partialFrameBytes();
    }
}
