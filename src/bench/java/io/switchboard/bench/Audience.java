package io.switchboard.bench;

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
 * Peers connected to one contestant, each of which checks every byte it gets. Fields belong to the
 * loop.
 */
final class Audience implements AutoCloseable {
    /** Called for every line that arrived as it should. */
    interface Arrivals {
        void line(int peer, int sender, int number, long now);
    }

    private static final int READ_BUFFER = 256 * 1024;
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(60);

    /** How many connects are under way at once where connecting is not what is measured. */
    private static final int WINDOW = 500;

    /** Ports of one source address stay well below what the kernel hands out. */
    private static final int PEERS_OF_AN_ADDRESS = 2_000;

    private static final int ADDRESSES = 100;

    /** Over all audiences, so that no address sees its ports again while they are in TIME_WAIT. */
    private static int everConnected;

    private final Loop loop;
    private final String contestant;

    /** Peers connect to them in turn. */
    private final List<InetSocketAddress> servers;

    private final List<Peer> peers = new ArrayList<>();
    private final CompletableFuture<Object> everyoneIsIn = new CompletableFuture<>();
    private final byte[] bytes = new byte[READ_BUFFER];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private final int wanted;
    private final int senders;
    private final long[] connectedAt;
    private int connected;
    private long lines;
    private Arrivals arrivals = (_, _, _, _) -> {};

    private Audience(Loop loop, List<? extends Contestant> contestants, int wanted, int senders) {
        this.loop = loop;
        this.contestant = contestants.getFirst().name();
        this.servers = contestants.stream().map(each -> Loopback.port(each.tcpPort())).toList();
        this.wanted = wanted;
        this.connectedAt = new long[wanted + 1];
        this.senders = senders;
    }

    /**
     * Connects so many peers.
     *
     * @param senders from whom they will get lines, at most
     */
    static Audience connect(Loop loop, Contestant contestant, int count, int senders) {
        return connect(loop, contestant, count, senders, WINDOW);
    }

    /**
     * @param window how many connects are under way at once
     */
    static Audience connect(Loop loop, Contestant contestant, int count, int senders, int window) {
        return connect(loop, List.of(contestant), count, senders, window);
    }

    /** Connects so many peers, as many to each of these. */
    static Audience spread(
            Loop loop, List<? extends Contestant> contestants, int count, int senders) {
        return connect(loop, contestants, count, senders, WINDOW);
    }

    private static Audience connect(
            Loop loop, List<? extends Contestant> contestants, int count, int senders, int window) {
        Audience audience = new Audience(loop, contestants, count, senders);
        loop.call(
                () -> {
                    audience.connectedAt[0] = System.nanoTime();
                    for (int next = 0; next < Math.min(window, count); next++) {
                        audience.connectOne();
                    }
                    return true;
                });
        loop.await(
                audience.everyoneIsIn,
                LONGEST_CONNECT,
                () -> audience.connected + " of " + count + " peers are connected");
        return audience;
    }

    private void connectOne() throws IOException {
        int address = everConnected++ / PEERS_OF_AN_ADDRESS % ADDRESSES + 1;
        SocketChannel channel = SocketChannel.open();
        channel.bind(Loopback.address(address, 0));
        channel.configureBlocking(false);
        Peer peer = new Peer(this, peers.size(), channel, senders);
        peers.add(peer);
        if (channel.connect(servers.get(peer.index() % servers.size()))) {
            loop.register(channel, SelectionKey.OP_READ, peer);
            isIn();
        } else {
            loop.register(channel, SelectionKey.OP_CONNECT, peer);
        }
    }

    /** A peer's connect has succeeded. */
    void isIn() throws IOException {
        connected++;
        connectedAt[connected] = System.nanoTime();
        if (peers.size() < wanted) {
            connectOne();
        } else if (connected == wanted) {
            everyoneIsIn.complete(true);
        }
    }

    /** For one read after the other. */
    ByteBuffer buffer() {
        return buffer;
    }

    byte[] bytes() {
        return bytes;
    }

    void heard(int peer, int sender, int number, long now) {
        lines++;
        arrivals.line(peer, sender, number, now);
    }

    /** Lines that arrived so far, at all peers. */
    long lines() {
        return lines;
    }

    void onArrival(Arrivals next) {
        this.arrivals = next;
    }

    /** How long it took from so many connected peers to so many. */
    long connectNanos(int from, int to) {
        return connectedAt[to] - connectedAt[from];
    }

    int size() {
        return wanted;
    }

    List<Peer> peers() {
        return peers;
    }

    String contestant() {
        return contestant;
    }

    /** Ends every peer's stream. */
    @Override
    public void close() {
        loop.call(
                () -> {
                    for (Peer peer : peers) {
                        peer.channel().close();
                    }
                    return true;
                });
    }
}
