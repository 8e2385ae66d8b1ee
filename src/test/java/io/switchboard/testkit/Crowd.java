package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.zip.CRC32C;

/** Many clients in this JVM that read everything they are sent, on one thread. */
public final class Crowd implements AutoCloseable {

    /** One client. Its lock guards all mutable fields, so they are consistent with each other. */
    public static final class Member {
        private final SocketChannel channel;
        private final int port;
        private final CRC32C checksum = new CRC32C();
        private long received;
        private long lastRead;
        private boolean ended;

        private Member(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }

        /** Returns the local port, which the service sees as the peer's port. */
        public int port() {
            return port;
        }

        /** Returns the number of bytes read. */
        public synchronized long received() {
            return received;
        }

        /** Returns the {@link System#nanoTime} of the last read; 0 if there was none. */
        public synchronized long lastRead() {
            return lastRead;
        }

        /** Returns the CRC-32C of all bytes read. */
        public synchronized long checksum() {
            return checksum.getValue();
        }

        /** Returns whether exactly this text was read, judged by length and checksum. */
        public synchronized boolean hasRead(String text) {
            byte[] bytes = text.getBytes(UTF_8);
            CRC32C expected = new CRC32C();
            expected.update(bytes);
            return received == bytes.length && checksum.getValue() == expected.getValue();
        }

        /** Returns whether the service has ended the stream. */
        public synchronized boolean ended() {
            return ended;
        }

        private void send(ByteBuffer bytes) {
            try {
                int count = bytes.remaining();
                assertThat(channel.write(bytes)).isEqualTo(count);
            } catch (IOException e) {
                // the service has closed the connection; the next read detects it
            }
        }

        private synchronized void read(ByteBuffer buffer) {
            try {
                ended = channel.read(buffer.clear()) < 0;
                received += buffer.position();
                checksum.update(buffer.flip());
                lastRead = System.nanoTime();
            } catch (IOException e) {
                ended = true;
            }
        }
    }

    private final List<Member> members = new ArrayList<>();
    private final Selector selector;
    private final Thread thread;

    private Crowd(int port, int size) throws IOException {
        selector = Selector.open();
        InetSocketAddress service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < size; i++) {
            SocketChannel channel = SocketChannel.open(service);
            Member member = new Member(channel);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, member);
            members.add(member);
        }
        thread = Thread.ofPlatform().name("crowd").daemon().start(this::run);
    }

    /** Connects the clients; returns when all are connected. */
    public static Crowd connect(int port, int size) throws IOException {
        return new Crowd(port, size);
    }

    private void run() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);
        try {
            while (selector.isOpen() && !Thread.currentThread().isInterrupted()) {
                selector.select(
                        key -> {
                            Member member = (Member) key.attachment();
                            member.read(buffer);
                            if (member.ended()) {
                                key.cancel();
                            }
                        });
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends this text from each client whose stream has not ended. */
    public void send(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        for (Member member : members) {
            if (!member.ended()) {
                member.send(bytes.duplicate());
            }
        }
    }

    public List<Member> members() {
        return members;
    }

    /** Returns the clients whose stream has not ended. */
    public List<Member> connected() {
        return members.stream().filter(member -> !member.ended()).toList();
    }

    /** Returns the clients whose stream has ended. */
    public List<Member> disconnected() {
        return members.stream().filter(Member::ended).toList();
    }

    /** Fails if a member has read fewer bytes than this. */
    public void assertAllReceived(long bytes) {
        assertThat(members).allMatch(member -> member.received() >= bytes);
    }

    @Override
    public void close() throws IOException {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        selector.close();
        for (Member member : members) {
            member.channel.close();
        }
    }
}
