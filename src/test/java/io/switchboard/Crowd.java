package io.switchboard;

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

/** Many clients in this JVM that read all they are sent, on one thread. */
final class Crowd implements AutoCloseable {

    /** One of them. Its sums are a whole: both from the same moment. */
    static final class Member {
        private final SocketChannel channel;
        private final int port;
        private final CRC32C checksum = new CRC32C();
        private long received;
        private boolean ended;

        private Member(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }

        /** Its own port: what the service sees as the peer's. */
        int port() {
            return port;
        }

        /** How many bytes it has read. */
        synchronized long received() {
            return received;
        }

        /** Over all bytes that it has read. */
        synchronized long checksum() {
            return checksum.getValue();
        }

        /** Whether the service has ended the stream. */
        synchronized boolean ended() {
            return ended;
        }

        private synchronized void read(ByteBuffer buffer) {
            try {
                ended = channel.read(buffer.clear()) < 0;
                received += buffer.position();
                checksum.update(buffer.flip());
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

    /** Returns when all are connected. */
    static Crowd connect(int port, int size) throws IOException {
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

    List<Member> members() {
        return members;
    }

    /** Fails while some member has read fewer bytes than this. */
    void assertAllReceived(long bytes) {
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
