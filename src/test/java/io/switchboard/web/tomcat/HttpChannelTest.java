package io.switchboard.web.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpChannelTest {
    private static final int ANSWER = 500;

    private final RequestThreads threads = new RequestThreads();
    private final HttpChannel channel =
            new HttpChannel(new SocketBufferHandler(8192, 8192, true), threads);
    private SocketChannel client;
    private int sent;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = SocketChannel.open(server.getLocalAddress());
            SocketChannel accepted = server.accept();
            accepted.configureBlocking(false);
            channel.reset(accepted, null);
        }
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        channel.close();
        threads.stop();
    }

    /** What a thread does that may not wait. */
    private interface Act {
        void run() throws IOException;
    }

    private void withoutWaiting(Act act) {
        threads.executeAtOnce(
                () -> {
                    try {
                        act.run();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    /** An answer, each of whose bytes tells where it stands among all of them. */
    private ByteBuffer answer() {
        ByteBuffer answer = ByteBuffer.allocate(ANSWER);
        while (answer.hasRemaining()) {
            answer.put((byte) (sent++ % 251));
        }
        return answer.flip();
    }

    private void writeWithoutWaiting() {
        withoutWaiting(
                () -> {
                    ByteBuffer answer = answer();
                    assertThat(channel.write(answer)).isEqualTo(ANSWER);
                    assertThat(answer.hasRemaining()).isFalse();
                });
    }

    private void fillKernel() {
        while (channel.getOutboundRemaining() == 0) {
            writeWithoutWaiting();
        }
    }

    private void readAll() throws IOException {
        ByteBuffer all = ByteBuffer.allocate(sent);
        client.configureBlocking(true);
        while (all.hasRemaining()) {
            if (channel.getOutboundRemaining() > 0) {
                channel.write(ByteBuffer.allocate(0));
            }
            ByteBuffer some = all.slice(all.position(), Math.min(all.remaining(), ANSWER));
            assertThat(client.read(some)).isPositive();
            all.position(all.position() + some.position());
        }
        for (int i = 0; i < sent; i++) {
            assertThat(all.get(i)).isEqualTo((byte) (i % 251));
        }
    }

    @Test
    void writesAtOnceWhatTheKernelTakes() throws IOException {
        writeWithoutWaiting();
        assertThat(channel.getOutboundRemaining()).isZero();
        readAll();
    }

    @Test
    void keepsWhatTheKernelDoesNotTakeAndWritesItFirst() throws IOException {
        fillKernel();
        writeWithoutWaiting();
        assertThat(channel.getOutboundRemaining()).isGreaterThan(ANSWER);
        ByteBuffer next = answer();
        assertThat(channel.write(next)).isZero();
        assertThat(next.remaining()).isEqualTo(ANSWER);
        ByteBuffer some = ByteBuffer.allocate(sent - ANSWER);
        while (channel.getOutboundRemaining() > 0) {
            client.read(some);
            channel.write(ByteBuffer.allocate(0));
        }
        while (next.hasRemaining()) {
            channel.write(next);
        }
        while (some.hasRemaining()) {
            client.read(some);
        }
        ByteBuffer last = ByteBuffer.allocate(ANSWER);
        while (last.hasRemaining()) {
            client.read(last);
        }
        for (int i = 0; i < sent; i++) {
            byte b = i < some.capacity() ? some.get(i) : last.get(i - some.capacity());
            assertThat(b).isEqualTo((byte) (i % 251));
        }
    }

    @Test
    void theNextConnectionGetsNothingOfWhatWasKept() throws IOException {
        fillKernel();
        client.close();
        channel.close();
        sent = 0;
        connect();
        assertThat(channel.getOutboundRemaining()).isZero();
        writeWithoutWaiting();
        readAll();
    }

    @Test
    void readsNoMoreForWhoMayNotWait() throws IOException {
        client.write(ByteBuffer.allocate(1));
        withoutWaiting(
                () -> {
                    channel.begin();
                    channel.write(answer());
                    assertThat(channel.read(ByteBuffer.allocate(1))).isZero();
                });
        assertThat(channel.read(ByteBuffer.allocate(1))).isOne();
    }

    /** To say 0 would have Tomcat wait for it, on the thread that all requests come by. */
    @Test
    void isAnErrorForWhoMayNotWaitAndWantsMoreOfTheRequest() {
        withoutWaiting(
                () -> {
                    channel.begin();
                    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                            .isInstanceOf(IOException.class);
                });
    }
}
