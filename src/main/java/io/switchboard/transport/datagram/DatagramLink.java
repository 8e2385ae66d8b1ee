package io.switchboard.transport.datagram;

import io.switchboard.peer.Link;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.PeerSession;
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
 * How a session reaches its address: every frame is a datagram of its own, sent from the listener's
 * socket. There is no connection, and so nothing to end: the address is forgotten.
 *
 * <p>Thread-safe. Nobody is told of an ICMP error that a datagram has led to: the socket is shared
 * by all addresses, and the kernel tells such errors only of connected ones (udp(7)).
 */
final class DatagramLink implements Link {
    private final Datagrams socket;
    private final InetSocketAddress remote;
    private final Direction direction;
    private final AtomicBoolean freed = new AtomicBoolean();

    /** Null until it is opened, which is the loop's to do. */
    private volatile @Nullable PeerSession session;

    DatagramLink(Datagrams socket, InetSocketAddress remote, Direction direction) {
        this.socket = socket;
        this.remote = remote;
        this.direction = direction;
    }

    void opened(PeerSession peer) {
        session = peer;
    }

    @Nullable PeerSession session() {
        return session;
    }

    @Override
    public boolean keepsMessages() {
        return true;
    }

    /**
     * Sends one datagram (sendto(2)).
     *
     * @return 0 where the kernel's buffer is full; for an empty datagram as well, which where it is
     *     full is lost: the JDK does not tell these two apart
     */
    @Override
    public int write(ByteBuffer bytes) throws IOException {
        if (freed.get()) {
            throw new ClosedChannelException();
        }
        return socket.channel().send(bytes, remote);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        long sent = 0;
        for (int at = 0; at < count; at++) {
            sent += write(buffers[at]);
            if (buffers[at].hasRemaining()) {
                break;
            }
        }
        return sent;
    }

    @Override
    public void wakeWhenWritable() {
        socket.wakeWhenWritable(this);
    }

    /**
     * UDP cannot be pushed back, and other peers come by the same socket: what a paused peer sends
     * is read, dropped and counted.
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

    /** Forgets the address: what comes from it next is of a new peer. */
    void free() {
        if (freed.compareAndSet(false, true)) {
            socket.forget(this);
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

    /** Those of the listener's socket, which it shares with all others. */
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
            return Optional.empty(); // closed meanwhile
        }
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) {
        throw new UnsupportedOperationException(option + " is no option of UDP");
    }

    /** A datagram is whole, or it does not come. */
    @Override
    public int partialFrameBytes() {
        return 0;
    }
}
