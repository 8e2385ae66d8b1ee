package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;

/** A connection is never accepted at an address at which nobody knows of the listener. */
@WithService
class PlannedAddressIT {
    @Autowired
    @Qualifier("defaultSockets")
    private StreamServerConnectionFactory sockets;

    @Autowired private EventLoop.Group loops;

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
                known.add(factory.socketAddress());
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
        StreamServerConnectionFactory late =
                new StreamServerConnectionFactory("late", true, 1, loops);
        Noting binding = new Noting(port, late);
        late.context(withBinding(binding), sockets.configured());
        assertThat(late.socketAddress()).isNull();
        assertThatThrownBy(late::start).isInstanceOf(BindFailure.class);
        assertThat(binding.known)
                .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        assertThat(late.socketAddress()).isNull();
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
