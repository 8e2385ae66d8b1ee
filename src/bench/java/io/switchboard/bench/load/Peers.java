package io.switchboard.bench.load;

import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Loopback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Peers that are connected to one contestant and check every byte they receive. Only the event loop
 * thread changes the fields; another thread may read them after {@link EventLoop#call} or {@link
 * EventLoop#await}.
 */
public final class Peers implements AutoCloseable {
    /** Called on the event loop for every correct line. */
    interface LineListener {
        /**
         * Receives a line.
         *
         * @param now the time of the read, from {@link System#nanoTime}
         */
        void onLine(int peer, int sender, int number, long now);
    }

    private static final int READ_BUFFER = 256 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

    /** Number of simultaneous connection attempts if connecting is not what is measured. */
    private static final int CONNECT_WINDOW = 500;

    /** Well below the number of ephemeral ports that the kernel has for one source address. */
    private static final int PEERS_PER_ADDRESS = 2_000;

    private static final int ADDRESSES = 100;

    /**
     * Counts across all instances, so that no address reuses a port that is still in TIME_WAIT.
     * Only the event loop thread accesses it.
     */
    private static int connectsStarted;

    private final EventLoop loop;
    private final String contestant;

    /** The addresses to which the peers connect in turn. */
    private final List<InetSocketAddress> servers;

    private final List<Peer> list = new ArrayList<>();
    private final CompletableFuture<Object> allConnected = new CompletableFuture<>();
    private final byte[] bytes = new byte[READ_BUFFER];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private final int count;
    private final int senderCount;
    private final long[] connectedAt;
    private int connected;
    private long lines;
    private LineListener listener = (_, _, _, _) -> {};

    private Peers(
            EventLoop loop, List<? extends Contestant> contestants, int count, int senderCount) {
        this.loop = loop;
        this.contestant = contestants.getFirst().name();
        this.servers = contestants.stream().map(each -> Loopback.server(each.tcpPort())).toList();
        this.count = count;
        this.connectedAt = new long[count + 1];
        this.senderCount = senderCount;
    }

    /**
     * Connects peers to one contestant.
     *
     * @param senderCount maximum number of senders whose lines the peers receive
     */
    public static Peers connect(EventLoop loop, Contestant contestant, int count, int senderCount) {
        return connect(loop, contestant, count, senderCount, CONNECT_WINDOW);
    }

    /**
     * Connects peers to one contestant.
     *
     * @param window maximum number of simultaneous connection attempts
     */
    public static Peers connect(
            EventLoop loop, Contestant contestant, int count, int senderCount, int window) {
        return connect(loop, List.of(contestant), count, senderCount, window);
    }

    /** Connects peers to the contestants in turn. */
    public static Peers distribute(
            EventLoop loop, List<? extends Contestant> contestants, int count, int senderCount) {
        return connect(loop, contestants, count, senderCount, CONNECT_WINDOW);
    }

    private static Peers connect(
            EventLoop loop,
            List<? extends Contestant> contestants,
            int count,
            int senderCount,
            int window) {
        Peers peers = new Peers(loop, contestants, count, senderCount);
        loop.call(
                () -> {
                    peers.connectedAt[0] = System.nanoTime();
                    for (int attempt = 0; attempt < Math.min(window, count); attempt++) {
                        peers.connectOne();
                    }
                    if (count == 0) {
                        peers.allConnected.complete(true);
                    }
                    return true;
                });
        loop.await(
                peers.allConnected,
                CONNECT_TIMEOUT,
                () -> peers.connected + " of " + count + " peers are connected");
        return peers;
    }

    private void connectOne() throws IOException {
        int address = connectsStarted++ / PEERS_PER_ADDRESS % ADDRESSES + 1;
        SocketChannel channel = SocketChannel.open();
        channel.bind(Loopback.address(address, 0));
        channel.configureBlocking(false);
        Peer peer = new Peer(this, list.size(), channel, senderCount);
        list.add(peer);
        if (channel.connect(servers.get(peer.index() % servers.size()))) {
            loop.register(channel, SelectionKey.OP_READ, peer);
            onConnected();
        } else {
            loop.register(channel, SelectionKey.OP_CONNECT, peer);
        }
    }

    /** Records that a peer is connected, and connects the next one. */
    void onConnected() throws IOException {
        connected++;
        connectedAt[connected] = System.nanoTime();
        if (list.size() < count) {
            connectOne();
        } else if (connected == count) {
            allConnected.complete(true);
        }
    }

    /** Returns the read buffer that all peers share; it wraps {@link #bytes}. */
    ByteBuffer buffer() {
        return buffer;
    }

    byte[] bytes() {
        return bytes;
    }

    void onLine(int peer, int sender, int number, long now) {
        lines++;
        listener.onLine(peer, sender, number, now);
    }

    /** Returns the number of lines that all peers have received. */
    public long lines() {
        return lines;
    }

    /** Replaces the listener for received lines; called on the event loop. */
    void listener(LineListener newListener) {
        listener = newListener;
    }

    /**
     * Returns the nanoseconds between the moments at which {@code from} and {@code to} peers were
     * connected.
     */
    public long connectNanos(int from, int to) {
        return connectedAt[to] - connectedAt[from];
    }

    public int size() {
        return count;
    }

    public List<Peer> list() {
        return list;
    }

    public String contestant() {
        return contestant;
    }

    /** Closes the sockets of all peers. */
    @Override
    public void close() {
        loop.call(
                () -> {
                    for (Peer peer : list) {
                        peer.channel().close();
                    }
                    return true;
                });
    }
}
