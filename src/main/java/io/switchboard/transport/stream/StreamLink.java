package io.switchboard.transport.stream;

import io.switchboard.net.Endpoint;
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
 * The connection of a session: writes for its outbox, and ends the stream so that the last bytes
 * arrive. Requests to pause and resume reading are passed to the loop.
 *
 * <p>Thread-safe: the stream, the key and {@link #lingerUntil} may be used from any thread. This
 * object's monitor guards {@link #freed}.
 */
final class StreamLink implements Link {
    private static final Logger log = LoggerFactory.getLogger(StreamLink.class);

    /**
     * Time for the peer to end its stream after the service has ended its own. Bytes that arrive in
     * this time are read and dropped: closing a socket with unread bytes sends an RST, which could
     * overtake the last bytes.
     */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SocketStream stream;
    private final ConnectionInfo info;
    private final SelectionKey key;
    private final EventLoop loop;
    private final ListenerContext context;
    private final StreamConnection connection;
    private final SocketAddress remote;
    private final SocketAddress local;
    private boolean freed;

    /** {@link System#nanoTime} at which lingering ends; 0 before {@link #finish}. */
    private volatile long lingerUntil;

    /** Creates the link of {@code connection}; the key has an empty interest set. */
    StreamLink(
            SocketStream stream,
            ConnectionInfo info,
            SelectionKey key,
            EventLoop loop,
            ListenerContext context,
            StreamConnection connection)
            throws IOException {
        this.stream = stream;
        this.info = info;
        this.key = key;
        this.loop = loop;
        this.context = context;
        this.connection = connection;
        this.remote = stream.socket().getRemoteAddress();
        this.local = stream.socket().getLocalAddress();
    }

    @Override
    public void attach(PeerSession session) {
        connection.sessionOpened(session);
    }

    SocketStream stream() {
        return stream;
    }

    ConnectionInfo info() {
        return info;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return stream.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        return stream.write(buffers, count);
    }

    @Override
    public int ahead() {
        return stream.ahead();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public void wakeWhenWritable() {
        interest(SelectionKey.OP_WRITE, true);
        loop.wakeUp();
    }

    /** Adds or removes an operation in the key's interest set; does not wake the selector. */
    void interest(int operation, boolean on) {
        try {
            if (on) {
                key.interestOpsOr(operation);
            } else {
                key.interestOpsAnd(~operation);
            }
        } catch (CancelledKeyException e) {
            log.trace("another thread has closed the channel", e);
        }
    }

    /**
     * Pauses through the loop's task queue, so that the last request wins. Until the task has run,
     * {@link StreamConnection#ready} checks the session's read pause itself.
     */
    @Override
    public void pauseReading() {
        loop.execute(connection::pause);
    }

    @Override
    public void resumeReading() {
        loop.execute(connection::resume);
    }

    /** Applies the change of the listener to the connection, on its loop. */
    void listenerChanged() {
        loop.execute(connection::listenerChanged);
    }

    @Override
    public void dropInput() {
        connection.dropInput();
    }

    @Override
    public void reportEnd() {
        loop.execute(connection::reportEnd);
    }

    @Override
    public void checkDeadlinesWithin(long nanos) {
        connection.timer().within(nanos);
    }

    /** Ends the output on the loop, because a TLS stream may be read by no other thread then. */
    @Override
    public void endOutput() {
        loop.execute(connection::endOutput);
    }

    @Override
    public boolean owesAnswer() {
        return connection.owesAnswer();
    }

    @Override
    public void finish() {
        connection.sessionEnded();
        lingerUntil = System.nanoTime() + LINGER_NANOS | 1;
        checkDeadlinesWithin(LINGER_NANOS);
        try {
            stream.shutdownOutput();
            if (stream.hasPendingOutput()) {
                wakeWhenWritable();
            }
        } catch (IOException e) {
            free();
        }
        // A peer that is blocked writing to us would not read our last bytes before the RST:
        // reading must continue even if it was paused.
        loop.execute(connection::finished);
    }

    /** Returns whether {@link #finish} has ended the stream; received bytes are then dropped. */
    boolean isFinished() {
        return lingerUntil != 0;
    }

    /** Returns the time left, in nanoseconds, for the peer to end its stream after the FIN. */
    long lingerNanosLeft(long now) {
        return lingerUntil - now;
    }

    @Override
    public void abort() {
        connection.sessionEnded();
        try {
            stream.socket().setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            log.trace("the socket is already closed", e);
        }
        free();
    }

    /**
     * Closes the stream and releases the connection in the limiter. Idempotent. The file descriptor
     * is free only after the loop has run once and removed the cancelled key.
     */
    void free() {
        synchronized (this) {
            if (freed) {
                return;
            }
            freed = true;
        }
        context.release(Endpoint.ip(remote), info);
        try {
            stream.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", remote, e.toString());
        }
        loop.execute(connection::freed);
        context.backoff().wake();
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
        SocketAddress client = info.client();
        return client == null ? remote : client;
    }

    @Override
    public Endpoint peername() {
        Endpoint credentials = info.credentials();
        return credentials == null ? Endpoint.of(client()) : credentials;
    }

    @Override
    public Direction direction() {
        return info.direction();
    }

    @Override
    public @Nullable TlsFacts tls() {
        return info.tls();
    }

    @Override
    public Optional<SocketOptions> options() {
        try {
            return Optional.of(context.binding().options(stream.socket()));
        } catch (IOException e) {
            return Optional.empty(); // another thread has closed the channel
        }
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) throws IOException {
        stream.socket().setOption(option, on);
    }

    @Override
    public int partialFrameBytes() {
        return connection.partialFrameBytes();
    }
}
