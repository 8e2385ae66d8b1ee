package io.switchboard.bench.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Connections that all do the same. They come from many loopback addresses, because one address has
 * only some 28,000 ports. Only one thread uses a crowd.
 *
 * <p>A member: connecting, then sending its bytes (over and over if {@link Conduct#repeat}), then
 * held, closed or reset, as {@link Conduct#ending} says. A member that the server closes is counted
 * and not replaced.
 */
final class Crowd implements AutoCloseable {
    /** What a member does when it has sent its bytes. */
    enum Ending {
        /** It stays connected until the crowd is closed. */
        HOLD,
        /** It closes its connection, with a FIN if nothing is unread. */
        CLOSE,
        /** It closes its connection with a RST. */
        RESET
    }

    /**
     * What every member does.
     *
     * @param data what it sends, each character a byte; may be empty
     * @param repeat whether it sends the bytes over and over, as fast as the server reads
     * @param reads whether it reads and discards what the server sends
     */
    record Conduct(String data, boolean repeat, boolean reads, Ending ending) {}

    /** Fewer than the descriptors of a process (20,000 on the machine of the benchmark). */
    private static final int MAX_OPEN = 18_000;

    private static final int BATCH = 64;
    private static final int MEMBERS_PER_ADDRESS = 500;
    private static final int ADDRESSES = 50_000;
    private static final int SMALL_BUFFER = 4096;

    private final Selector selector = Selector.open();
    private final ByteBuffer discarded = ByteBuffer.allocateDirect(64 * 1024);
    private final List<SocketChannel> held = new ArrayList<>();
    private final InetSocketAddress server;
    private final Conduct conduct;
    private final byte[] bytes;
    private int started;
    private int open;
    private int connected;
    private int failed;
    private int closedByServer;
    private long sent;

    Crowd(int port, Conduct conduct) throws IOException {
        this.server = new InetSocketAddress(address(127, 0, 0, 1), port);
        this.conduct = conduct;
        this.bytes = conduct.data.getBytes(ISO_8859_1);
    }

    private static InetAddress address(int... numbers) throws IOException {
        byte[] bytes = new byte[numbers.length];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) numbers[at];
        }
        return InetAddress.getByAddress(bytes);
    }

    /** Returns one of 50,000 addresses in 127.1.0.0/16. */
    static InetAddress source(int number) throws IOException {
        int index = number % ADDRESSES;
        return address(127, 1, 1 + index / 250, 1 + index % 250);
    }

    /**
     * Starts {@code count} connections at a steady rate, independent of the server's pace, and
     * returns when all have been started. It waits while too many descriptors are open.
     *
     * @param perSecond number of connections per second
     */
    void grow(int count, int perSecond) throws IOException {
        long start = System.nanoTime();
        int begun = 0;
        while (begun < count) {
            long due = (System.nanoTime() - start) * perSecond / 1_000_000_000L + 1;
            int batch = (int) Math.min(BATCH, Math.min(count, due) - begun);
            for (int each = 0; each < batch && open < MAX_OPEN; each++) {
                connectOne();
                begun++;
            }
            pump(batch > 0 && open < MAX_OPEN ? 0 : 1);
        }
    }

    /** Continues to send and to read for a time. */
    void hold(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            pump(Math.max(1, left / 1_000_000));
        }
    }

    /** Reads what the server has sent to members that did not read, for at most {@code time}. */
    void drain(Duration time) throws IOException {
        for (SocketChannel channel : held) {
            if (channel.isOpen()) {
                interest(channel, SelectionKey.OP_READ, ByteBuffer.allocate(0));
            }
        }
        long end = System.nanoTime() + time.toNanos();
        while (closedByServer < connected && System.nanoTime() < end) {
            pump(10);
        }
    }

    private void connectOne() throws IOException {
        SocketChannel channel = SocketChannel.open();
        open++;
        try {
            if (conduct.ending == Ending.RESET) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            if (!conduct.reads) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
            }
            channel.bind(new InetSocketAddress(source(started++ / MEMBERS_PER_ADDRESS), 0));
            channel.configureBlocking(false);
            // Over loopback, most connections are established when connect(2) returns.
            if (channel.connect(server) || channel.finishConnect()) {
                connected(channel);
            } else {
                interest(channel, SelectionKey.OP_CONNECT, ByteBuffer.allocate(0));
            }
        } catch (IOException e) {
            failed++;
            close(channel);
        }
    }

    private void connected(SocketChannel channel) throws IOException {
        connected++;
        ByteBuffer unsent = ByteBuffer.wrap(bytes);
        sent += channel.write(unsent);
        if (unsent.hasRemaining() || conduct.repeat) {
            interest(channel, SelectionKey.OP_WRITE | readInterest(), unsent);
        } else {
            sentAll(channel);
        }
    }

    private void sentAll(SocketChannel channel) throws IOException {
        if (conduct.ending == Ending.HOLD) {
            held.add(channel);
            interest(channel, readInterest(), ByteBuffer.allocate(0));
        } else {
            close(channel);
        }
    }

    private int readInterest() {
        return conduct.reads ? SelectionKey.OP_READ : 0;
    }

    private void interest(SocketChannel channel, int operations, ByteBuffer unsent)
            throws IOException {
        SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.interestOps(operations);
            key.attach(unsent);
        } else if (operations != 0) {
            channel.register(selector, operations, unsent);
        }
    }

    private void pump(long millis) throws IOException {
        if (millis == 0) {
            selector.selectNow(this::ready);
        } else {
            selector.select(this::ready, millis);
        }
    }

    private void ready(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                connected(channel);
                return;
            }
            if (key.isReadable()) {
                discarded.clear();
                if (channel.read(discarded) < 0) {
                    closedByServer++;
                    close(channel);
                    return;
                }
            }
            if (key.isWritable()) {
                write(channel, (ByteBuffer) key.attachment());
            }
        } catch (IOException e) {
            if (channel.isConnected()) {
                closedByServer++;
            } else {
                failed++;
            }
            close(channel);
        }
    }

    private void write(SocketChannel channel, ByteBuffer unsent) throws IOException {
        sent += channel.write(unsent);
        if (unsent.hasRemaining()) {
            return;
        }
        if (conduct.repeat) {
            unsent.rewind();
        } else {
            sentAll(channel);
        }
    }

    private void close(SocketChannel channel) {
        open--;
        try {
            channel.close();
        } catch (IOException e) {
            failed++;
        }
    }

    int connected() {
        return connected;
    }

    /** Returns the number of connections that were not established, for example refused ones. */
    int failed() {
        return failed;
    }

    int closedByServer() {
        return closedByServer;
    }

    /** Returns the number of bytes that the kernel took. */
    long sent() {
        return sent;
    }

    /** Closes all connections. */
    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        for (SocketChannel channel : held) {
            channel.close();
        }
        selector.close();
    }
}
