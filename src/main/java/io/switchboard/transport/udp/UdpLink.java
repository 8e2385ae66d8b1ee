package io.switchboard.transport.udp;

import io.switchboard.peer.Link;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.PeerLimits;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.RateLimit;
import io.switchboard.transport.Timer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The link of a UDP peer: it sends every frame as one datagram from the listener's socket. There is
 * no connection to end, so closing the link only removes the peer's address from {@link UdpSocket}.
 *
 * <p>Thread-safe. The monitor of {@code freed} is held while one datagram is sent, so that a peer
 * sends nothing once it is freed. ICMP errors that a datagram causes are not reported, because all
 * peers share the socket and the kernel reports such errors only on connected sockets (udp(7)).
 */
final class UdpLink implements Link, Timer.Owner {
    private final UdpSocket socket;
    private final InetSocketAddress remote;
    private final Direction direction;
    private final boolean named;
    private final AtomicBoolean freed = new AtomicBoolean();
    private final Timer timer;

    /** Used on the loop only. */
    private RateLimit.@Nullable Received rate;

    /** Set by the event loop right after the registry has opened the session; null until then. */
    private volatile @Nullable PeerSession session;

    /**
     * @param named whether the peer may get a name by its address and by what it sends
     */
    UdpLink(
            UdpSocket socket,
            InetSocketAddress remote,
            Direction direction,
            boolean named,
            PeerLimits limits) {
        this.socket = socket;
        this.remote = remote;
        this.direction = direction;
        this.named = named;
        this.timer = socket.loop().timer(this);
        this.rate = RateLimit.Received.of(limits);
    }

    boolean named() {
        return named;
    }

    /** Applies other limits. Called on the loop. */
    void limits(PeerLimits limits) {
        rate = RateLimit.Received.of(limits);
    }

    /**
     * Counts a datagram, unless the peer has used up its rate; returns whether it counted. Called
     * on the loop.
     */
    boolean admits(int bytes) {
        if (rate == null) {
            return true;
        }
        long now = System.nanoTime();
        boolean admits = rate.nanosLeft(now) == 0;
        if (admits) {
            rate.take(1, bytes, now);
        }
        return admits;
    }

    /** Called on the loop. */
    void opened(PeerSession opened) {
        session = opened;
        checkDeadlinesWithin(opened.checkDeadlines(System.nanoTime()));
    }

    @Nullable PeerSession session() {
        return session;
    }

    @Override
    public void execute(Runnable task) {
        socket.loop().execute(task);
    }

    @Override
    public boolean preservesMessages() {
        return true;
    }

    /**
     * Sends one datagram (sendto(2)).
     *
     * @return the bytes sent; 0 if the kernel's buffer is full. An empty datagram returns 0 in
     *     either case, because the JDK does not distinguish the two: it is lost if the buffer is
     *     full.
     */
    @Override
    public int write(ByteBuffer bytes) throws IOException {
        synchronized (freed) { // nothing is sent once free() has returned
            if (freed.get()) {
                throw new ClosedChannelException();
            }
            return socket.channel().send(bytes, remote);
        }
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        long sent = 0;
        for (int i = 0; i < count; i++) {
            sent += write(buffers[i]);
            if (buffers[i].hasRemaining()) {
                break;
            }
        }
        return sent;
    }

    @Override
    public void wakeWhenWritable() {
        socket.wakeWhenWritable(this);
    }

    @Override
    public void checkDeadlinesWithin(long nanos) {
        timer.within(nanos);
    }

    @Override
    public long checkDeadlines(long now) {
        PeerSession opened = session;
        return opened == null || freed.get() ? Timer.NONE : opened.checkDeadlines(now);
    }

    @Override
    public void fault(Throwable cause) {
        PeerSession opened = session;
        if (opened != null) {
            opened.broken(cause);
        }
    }

    /**
     * Does nothing: UDP has no back-pressure, and other peers use the same socket. {@link
     * UdpSocket} reads, drops and counts the datagrams of a paused peer.
     */
    @Override
    public void pauseReading() {}

    @Override
    public void resumeReading() {}

    @Override
    public void finish() {
        free();
    }

    @Override
    public void abort() {
        free();
    }

    /** Removes the peer's address: the next datagram from it opens a new peer. Idempotent. */
    void free() {
        boolean first;
        synchronized (freed) {
            first = freed.compareAndSet(false, true);
        }
        if (first) {
            socket.remove(this);
            socket.loop().execute(timer::cancel);
        }
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public SocketAddress local() {
        return socket.local();
    }

    @Override
    public Direction direction() {
        return direction;
    }

    /** Returns the options of the listener's socket, which all its peers share. */
    @Override
    public Optional<SocketOptions> options() {
        try {
            return Optional.of(
                    new SocketOptions(
                            socket.channel().getOption(StandardSocketOptions.SO_SNDBUF),
                            socket.channel().getOption(StandardSocketOptions.SO_RCVBUF),
                            null,
                            null));
        } catch (IOException e) {
            return Optional.empty(); // the socket was closed meanwhile
        }
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) {
        throw new UnsupportedOperationException(option + " is not an option of a UDP socket");
    }

    /** Returns 0: a datagram arrives whole or not at all. */
    @Override
    public int partialFrameBytes() {
        return 0;
    }
}
