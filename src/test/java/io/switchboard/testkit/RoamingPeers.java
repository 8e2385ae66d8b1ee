package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Peers that send their name, record every line they receive, and reconnect at once when their
 * stream ends. All of them run on one thread.
 */
public final class RoamingPeers implements AutoCloseable {

    /** One peer, with the lines that it received over all of its connections. */
    public static final class Member {
        private final String name;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private final List<String> lines = new ArrayList<>();
        private int ended;
        private int incomplete;

        private Member(String name) {
            this.name = name;
        }

        public String name() {
            return name;
        }

        /** Returns the received lines in order, without line endings. */
        public synchronized List<String> lines() {
            return List.copyOf(lines);
        }

        /** Returns the number of connections that have ended. */
        public synchronized int ended() {
            return ended;
        }

        /** Returns the number of connections that ended within a line. */
        public synchronized int incomplete() {
            return incomplete;
        }

        private synchronized void take(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                if (next == '\n') {
                    lines.add(line.toString(UTF_8));
                    line.reset();
                } else {
                    line.write(next);
                }
            }
        }

        private synchronized void end() {
            ended++;
            incomplete += line.size() > 0 ? 1 : 0;
            line.reset();
        }
    }

    private final List<Member> members;
    private final InetSocketAddress service;
    private final Selector selector;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param port the port to which they connect
     */
    public RoamingPeers(int port, int size) throws IOException {
        service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        members = IntStream.range(0, size).mapToObj(i -> new Member("m-" + i)).toList();
        selector = Selector.open();
        for (Member member : members) {
            connect(member);
        }
        thread = Thread.ofPlatform().name("roaming").daemon().start(this::run);
    }

    public List<Member> members() {
        return members;
    }

    private void connect(Member member) throws IOException {
        SocketChannel channel = SocketChannel.open(service);
        channel.write(ByteBuffer.wrap((member.name() + "\n").getBytes(UTF_8)));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, member);
    }

    private void run() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        try {
            while (!closed) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    read(key, buffer);
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(SelectionKey key, ByteBuffer buffer) throws IOException {
        Member member = (Member) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        if (readMore(channel, buffer)) {
            member.take(buffer.flip());
        } else {
            channel.close();
            member.end();
            connect(member);
        }
    }

    private static boolean readMore(SocketChannel channel, ByteBuffer buffer) {
        try {
            return channel.read(buffer.clear()) >= 0;
        } catch (IOException e) {
            return false; // a reset also ends the connection
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
