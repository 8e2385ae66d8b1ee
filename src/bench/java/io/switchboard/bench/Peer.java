package io.switchboard.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One socket of an audience: checks that every sender's lines come whole, each once, in order. */
final class Peer implements Loop.Handler {
    private final Audience audience;
    private final int index;
    private final SocketChannel channel;

    /** The number that each sender's next line must have. */
    private final int[] next;

    /** Of a line that has not come to its end; most peers never need it. */
    private byte @Nullable [] partial;

    private int partialLength;
    private @Nullable Flood flood;

    Peer(Audience audience, int index, SocketChannel channel, int senders) {
        this.audience = audience;
        this.index = index;
        this.channel = channel;
        this.next = new int[senders];
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
        if (key.isConnectable()) {
            channel.finishConnect();
            key.interestOps(SelectionKey.OP_READ);
            audience.isIn();
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
        byte[] bytes = audience.bytes();
        ByteBuffer buffer = audience.buffer().clear();
        if (partial != null) {
            buffer.put(partial, 0, partialLength);
        }
        if (channel.read(buffer) < 0) {
            throw new Failed(audience.contestant() + " closed peer " + index);
        }
        long now = System.nanoTime();
        int end = buffer.position();
        int at = 0;
        for (; at + Lines.LENGTH <= end; at += Lines.LENGTH) {
            check(bytes, at, now);
        }
        partialLength = end - at;
        if (partialLength > 0) {
            if (partial == null) {
                partial = new byte[Lines.LENGTH];
            }
            System.arraycopy(bytes, at, partial, 0, partialLength);
        }
    }

    private void check(byte[] bytes, int at, long now) {
        int sender = Lines.sender(bytes, at);
        int number = Lines.number(bytes, at);
        if (sender < 0 || sender >= next.length || !Lines.intact(bytes, at)) {
            throw new Failed(
                    "%s garbled a line to peer %d: %s"
                            .formatted(
                                    audience.contestant(),
                                    index,
                                    new String(
                                            bytes,
                                            at,
                                            Lines.LENGTH,
                                            java.nio.charset.StandardCharsets.ISO_8859_1)));
        }
        if (number != next[sender]) {
            throw new Failed(
                    "%s %s a line to peer %d: number %d of sender %d where %d was next"
                            .formatted(
                                    audience.contestant(),
                                    number > next[sender] ? "lost or reordered" : "duplicated",
                                    index,
                                    number,
                                    sender,
                                    next[sender]));
        }
        next[sender]++;
        audience.heard(index, sender, number, now);
    }

    /** Writes from now on, as fast as the server reads. */
    void flood(Flood with, Loop loop) throws IOException {
        flood = with;
        loop.register(channel, SelectionKey.OP_READ | SelectionKey.OP_WRITE, this);
    }

    /** What the next line of this sender will be numbered. */
    int nextOf(int sender) {
        return next[sender];
    }

    /** Which of its audience it is. */
    int index() {
        return index;
    }

    SocketChannel channel() {
        return channel;
    }

    /** As the server sees it. */
    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }
}
