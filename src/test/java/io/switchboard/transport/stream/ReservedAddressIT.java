package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.WithService;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.config.BindFailure;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.test.context.TestPropertySource;

/** No connection is a peer of a listener while nobody can know that the listener is there. */
@WithService
@TestPropertySource(properties = "switchboard.listeners.stopped.port=0")
class ReservedAddressIT {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @Autowired
    @Qualifier("defaultSockets")
    private StreamServerConnectionFactory sockets;

    @Autowired
    @Qualifier("stoppedSockets")
    private StreamServerConnectionFactory stopped;

    @Autowired private EventLoop.Group loops;
    @Autowired private PeerRegistry registry;

    /** Binds, which lets the kernel accept connections, and notes what is known then. */
    private static final class Noting implements Binding {
        private final Binding.TcpBinding binding;
        private final StreamServerConnectionFactory factory;
        private final List<@Nullable SocketAddress> known = new ArrayList<>();

        Noting(int port, StreamServerConnectionFactory factory) {
            this.binding = new Binding.TcpBinding("late", "127.0.0.1", port);
            this.factory = factory;
        }

        @Override
        public @Nullable SocketAddress planned() {
            return binding.planned();
        }

        @Override
        public ServerSocketChannel bind(int backlog) {
            try (ServerSocketChannel _ = binding.bind(backlog)) {
                known.add(factory.reservedAddress());
                throw new BindFailure(
                        "late", "127.0.0.1", 1, new BindException("as the test wants"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void isKnownWhileTheSocketIsBound() {
        int port = FreePort.find();
        assertThat(knownWhileBound(port)).containsExactly(new InetSocketAddress(LOOPBACK, port));
    }

    @Test
    void isAnyPortWhileTheKernelChoosesIt() {
        assertThat(knownWhileBound(0)).containsExactly(new InetSocketAddress(LOOPBACK, 0));
    }

    private List<@Nullable SocketAddress> knownWhileBound(int port) {
        StreamServerConnectionFactory late =
                new StreamServerConnectionFactory("late", true, 1, loops);
        Noting binding = new Noting(port, late);
        late.context(withBinding(binding), sockets.configured());
        assertThat(late.reservedAddress()).isNull();
        assertThatThrownBy(late::start).isInstanceOf(BindFailure.class);
        assertThat(late.reservedAddress()).isNull();
        return binding.known;
    }

    /** A connection that was made before the stop may still be a peer for a moment. */
    @Test
    void isKnownUntilTheLastPeerIsClosed() throws IOException {
        List<@Nullable SocketAddress> known = new CopyOnWriteArrayList<>();
        SocketAddress bound = Objects.requireNonNull(stopped.socketAddress());
        registry.observe(
                new PeerObserver() {
                    @Override
                    public void closed(PeerSession session, PeerSnapshot last) {
                        known.add(stopped.reservedAddress());
                    }
                });
        try (SocketChannel client = SocketChannel.open(bound)) {
            await().until(() -> stopped.getOpenConnectionIds().size() == 1);
            stopped.stopAccepting();
            assertThat(stopped.socketAddress()).isNull();
            assertThat(stopped.reservedAddress()).isEqualTo(bound);
            stopped.stop();
            assertThat(client.isOpen()).isTrue();
        }
        assertThat(known).containsExactly(bound);
        assertThat(stopped.reservedAddress()).isNull();
    }

    private ListenerContext withBinding(Binding binding) {
        ListenerContext of = sockets.context();
        return new ListenerContext(
                of.listener(),
                binding,
                of.steps(),
                of.handshakes(),
                of.handshakeDeadline(),
                of.framing(),
                of.start(),
                of.http(),
                of.frameDeadline(),
                of.limiter(),
                of.backoff(),
                of.registry());
    }
}
