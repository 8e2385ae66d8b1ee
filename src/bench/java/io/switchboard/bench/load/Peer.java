package io.switchboard.bench.load;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The socket of one peer. It checks that the lines of each sender arrive complete, once and in
 * order. Only the event loop thread changes its fields; see {@link Peers} for other threads.
 */
public final class Peer implements EventLoop.Handler {
    private final Peers peers;
    private final int index;
    private final SocketChannel channel;

    /** The expected number of the next line, by sender. */
    private final int[] expected;

    /** The start of an incomplete line; allocated on demand, because most peers never need it. */
    private byte @Nullable [] partial;

    private int partialLength;
    private @Nullable Flood flood;

    Peer(Peers peers, int index, SocketChannel channel, int senders) {
        this.peers = peers;
        this.index = index;
        this.channel = channel;
        this.expected = new int[senders];
    }

    @Override
    public void onReady(SelectionKey key) throws IOException {
        if (key.isConnectable()) {
            channel.finishConnect();
            key.interestOps(SelectionKey.OP_READ);
            peers.onConnected();
            return;
        }
        if (key.isReadable()) {
            read();
        }
        if (key.isValid() && key.isWritable() && flood != null) {
            flood.write(index, channel, key);
        }
    }

    private void read() throws IOException {
        byte[] bytes = peers.bytes();
        ByteBuffer buffer = peers.buffer().clear();
        if (partial != null) {
            buffer.put(partial, 0, partialLength);
        }
        if (channel.read(buffer) < 0) {
            throw new BenchException(peers.contestant() + " closed peer " + index);
        }
        long now = System.nanoTime();
        int end = buffer.position();
        int at = 0;
        for (; at + NumberedLine.LENGTH <= end; at += NumberedLine.LENGTH) {
            check(bytes, at, now);
        }
        partialLength = end - at;
        if (partialLength > 0) {
            if (partial == null) {
                partial = new byte[NumberedLine.LENGTH];
            }
            System.arraycopy(bytes, at, partial, 0, partialLength);
        }
    }

    private void check(byte[] bytes, int at, long now) {
        int sender = NumberedLine.sender(bytes, at);
        int number = NumberedLine.number(bytes, at);
        if (sender < 0 || sender >= expected.length || !NumberedLine.intact(bytes, at)) {
            throw new BenchException(
                    "%s corrupted a line to peer %d: %s"
                            .formatted(
                                    peers.contestant(),
                                    index,
                                    new String(
                                            bytes,
                                            at,
                                            NumberedLine.LENGTH,
                                            java.nio.charset.StandardCharsets.ISO_8859_1)));
        }
        if (number != expected[sender]) {
            throw new BenchException(
                    "%s %s a line to peer %d: received number %d of sender %d, expected %d"
                            .formatted(
                                    peers.contestant(),
                                    number > expected[sender] ? "lost or reordered" : "duplicated",
                                    index,
                                    number,
                                    sender,
                                    expected[sender]));
        }
        expected[sender]++;
        peers.onLine(index, sender, number, now);
    }

    /** Starts to write lines as fast as the server reads them. */
    public void flood(Flood lines, EventLoop loop) throws IOException {
        flood = lines;
        loop.register(channel, SelectionKey.OP_READ | SelectionKey.OP_WRITE, this);
    }

    /** Returns the number that the next line of this sender must have. */
    public int expectedNumber(int sender) {
        return expected[sender];
    }

    /** Returns the index of this peer in {@link Peers#list}. */
    int index() {
        return index;
    }

    SocketChannel channel() {
        return channel;
    }

    /** Returns the address that the server sees. */
    public InetSocketAddress address() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }
}
