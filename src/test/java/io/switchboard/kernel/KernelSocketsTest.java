package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
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
import java.util.Optional;
import java.util.Set;
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
        assumeTrue(kernel.available(), "sock_diag is not available here");
    }

    @AfterEach
    void close() {
        kernel.destroy();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
    void findsASocketByItsAddresses(String host) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(host));
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write(new byte[1000]);

            TcpSocketInfo info = kernel.find(pair(accepted)).orElseThrow();

            assertThat(info.state()).isEqualTo("ESTAB");
            assertThat(info.local()).isEqualTo(local(accepted));
            assertThat(info.remote()).isEqualTo(remote(accepted));
            assertThat(info.sendQueue()).isLessThanOrEqualTo(1000);
            assertThat(info.inode()).isPositive();
            assertThat(info.mss()).isPositive();
            assertThat(kernel.find(pair(client)).orElseThrow().receiveQueue()).isEqualTo(1000);
        }
    }

    /** Such a connection is bound to its interface, which is therefore a part of the question. */
    @Test
    void findsASocketBetweenLinkLocalAddresses() throws Exception {
        Optional<InetAddress> linkLocal =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(address -> address instanceof Inet6Address)
                        .filter(InetAddress::isLinkLocalAddress)
                        .findFirst();
        assumeTrue(linkLocal.isPresent(), "no interface has a link-local IPv6 address");
        try (ServerSocket server = new ServerSocket(0, 1, linkLocal.get());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            assertThat(kernel.find(pair(accepted))).isPresent();
            assertThat(kernel.find(pair(client))).isPresent();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void findsTheWantedSocketsWithAndWithoutADump(int dumpAbove) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            List<SocketPair> found = new ArrayList<>();
            SocketPair none = new SocketPair(local(client), local(client));
            assertThat(
                            kernel.find(
                                    Set.of(pair(accepted), none),
                                    dumpAbove,
                                    info -> found.add(info.ends())))
                    .isTrue();
            assertThat(found).containsExactly(pair(accepted));
        }
    }

    @Test
    void reportsThatAnAnswerIsIncomplete() {
        InetSocketAddress unused = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        Set<SocketPair> pairs = Set.of(new SocketPair(unused, unused));
        assertThat(kernel.find(pairs, 1, _ -> {})).isTrue();
        assertThat(kernel.forEach(_ -> {})).isTrue();
        kernel.destroy();
        assertThat(kernel.find(pairs, 1, _ -> {})).isFalse();
        assertThat(kernel.find(pairs, 0, _ -> {})).isFalse();
        assertThat(kernel.forEach(_ -> {})).isFalse();
    }

    @Test
    void listsEverySocketInOneDump() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                clients.add(new Socket(server.getInetAddress(), server.getLocalPort()));
            }
            List<InetSocketAddress> seen = new ArrayList<>();
            kernel.forEach(info -> seen.add(info.local()));
            assertThat(seen).containsAll(clients.stream().map(KernelSocketsTest::local).toList());
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
    void returnsTheAcceptQueueOfATcpSocket(String host) throws Exception {
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
    void returnsTheAcceptQueueOfAUnixSocket(@TempDir Path directory) throws Exception {
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
    void countsTheDatagramsThatAFullReceiveQueueDropped(String host) throws Exception {
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
    void returnsNoQueueIfNoSocketListens() {
        assertThat(kernel.acceptQueue(UnixDomainSocketAddress.of("/nowhere"))).isEmpty();
        assertThat(kernel.acceptQueue(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)))
                .isEmpty();
    }

    @Test
    void returnsNoSocketIfThereIsNone() {
        InetSocketAddress unused = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        assertThat(kernel.find(new SocketPair(unused, unused))).isEmpty();
    }

    @Test
    void returnsNothingAfterDestroy() {
        InetSocketAddress unused = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        kernel.destroy();
        assertThat(kernel.available()).isFalse();
        assertThat(kernel.find(new SocketPair(unused, unused))).isEmpty();
    }

    private static SocketPair pair(Socket socket) {
        return new SocketPair(local(socket), remote(socket));
    }

    private static InetSocketAddress local(Socket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static InetSocketAddress remote(Socket socket) {
        return (InetSocketAddress) socket.getRemoteSocketAddress();
    }
}
