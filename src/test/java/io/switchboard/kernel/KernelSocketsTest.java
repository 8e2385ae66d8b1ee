package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.kernel.SocketFigures.Ends;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelSocketsTest {
    private final KernelSockets kernel = new KernelSockets();

    @BeforeEach
    void onLinux() {
        assumeTrue(kernel.available(), "sock_diag is Linux only, and here it does not answer");
    }

    @AfterEach
    void close() {
        kernel.destroy();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
    void findsASocketByItsEnds(String host) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(host));
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write(new byte[1000]);

            SocketFigures figures = kernel.find(ends(accepted)).orElseThrow();

            assertThat(figures.state()).isEqualTo("ESTAB");
            assertThat(figures.local()).isEqualTo(local(accepted));
            assertThat(figures.remote()).isEqualTo(remote(accepted));
            assertThat(figures.sendQueue()).isLessThanOrEqualTo(1000);
            assertThat(figures.inode()).isPositive();
            assertThat(figures.mss()).isPositive();
            assertThat(kernel.find(ends(client)).orElseThrow().receiveQueue()).isEqualTo(1000);
        }
    }

    @Test
    void listsEverySocketInOneDump() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                clients.add(new Socket(server.getInetAddress(), server.getLocalPort()));
            }
            List<InetSocketAddress> seen = new ArrayList<>();
            kernel.forEach(figures -> seen.add(figures.local()));
            assertThat(seen).containsAll(clients.stream().map(KernelSocketsTest::local).toList());
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
    void tellsHowFullAQueueIs(String host) throws Exception {
        InetAddress address = InetAddress.getByName(host);
        ProtocolFamily family =
                address instanceof Inet6Address
                        ? StandardProtocolFamily.INET6
                        : StandardProtocolFamily.INET;
        try (ServerSocketChannel server = ServerSocketChannel.open(family)) {
            server.bind(new InetSocketAddress(address, 0), 7);
            int port = server.socket().getLocalPort();
            Socket one = new Socket(address, port);
            Socket two = new Socket(address, port);
            assertThat(kernel.acceptQueue(server.getLocalAddress()))
                    .contains(new AcceptQueue(2, 7));
            server.accept().close();
            assertThat(kernel.acceptQueue(server.getLocalAddress()))
                    .contains(new AcceptQueue(1, 7));
            one.close();
            two.close();
        }
    }

    @Test
    void tellsHowFullTheQueueOfAPathIs(@TempDir Path directory) throws Exception {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(path, 5);
            try (SocketChannel client = SocketChannel.open(path)) {
                assertThat(kernel.acceptQueue(path)).contains(new AcceptQueue(1, 5));
                assertThat(client.isConnected()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void tellsWhatAFullReceiveQueueHasDropped(String host) throws Exception {
        InetAddress address = InetAddress.getByName(host);
        ProtocolFamily family =
                address instanceof Inet6Address
                        ? StandardProtocolFamily.INET6
                        : StandardProtocolFamily.INET;
        try (DatagramChannel full = DatagramChannel.open(family);
                DatagramChannel sender = DatagramChannel.open(family)) {
            full.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
            full.bind(new InetSocketAddress(address, 0));
            InetSocketAddress bound = (InetSocketAddress) full.getLocalAddress();
            assertThat(kernel.datagramQueue(bound).orElseThrow().dropped()).isZero();
            for (int i = 0; i < 100; i++) {
                sender.send(ByteBuffer.wrap(new byte[1_000]), bound);
            }
            DatagramQueue queue = kernel.datagramQueue(bound).orElseThrow();
            assertThat(queue.dropped()).isBetween(80L, 99L);
            assertThat(queue.waiting()).isPositive();
            assertThat(queue.limit()).isPositive();
        }
    }

    @Test
    void knowsNothingOfAQueueThatIsNotThere() {
        assertThat(kernel.acceptQueue(UnixDomainSocketAddress.of("/nowhere"))).isEmpty();
        assertThat(kernel.acceptQueue(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)))
                .isEmpty();
    }

    @Test
    void knowsNothingOfASocketThatIsNotThere() {
        InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        assertThat(kernel.find(new Ends(nobody, nobody))).isEmpty();
    }

    @Test
    void answersNothingAfterItsEnd() {
        InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        kernel.destroy();
        assertThat(kernel.available()).isFalse();
        assertThat(kernel.find(new Ends(nobody, nobody))).isEmpty();
    }

    private static Ends ends(Socket socket) {
        return new Ends(local(socket), remote(socket));
    }

    private static InetSocketAddress local(Socket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static InetSocketAddress remote(Socket socket) {
        return (InetSocketAddress) socket.getRemoteSocketAddress();
    }
}
