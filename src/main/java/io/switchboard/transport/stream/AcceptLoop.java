package io.switchboard.transport.stream;

import io.switchboard.peer.Count;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Transport;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.integration.ip.tcp.connection.TcpListener;

/**
 * Accepts the connections of one listener, turns away those above its limits, and gives each of the
 * others to an event loop. Runs on a thread of its own, which may wait.
 */
final class AcceptLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    private final ServerSocketChannel server;
    private final EventLoops loops;
    private final StreamService service;
    private final TcpListener frames;
    private final BooleanSupplier listening;

    /**
     * @param server bound, and blocking
     * @param frames gets every received frame, on the connection's loop
     * @param listening false once the listener is being stopped; asked on the loops
     */
    AcceptLoop(
            ServerSocketChannel server,
            EventLoops loops,
            StreamService service,
            TcpListener frames,
            BooleanSupplier listening) {
        this.server = server;
        this.loops = loops;
        this.service = service;
        this.frames = frames;
        this.listening = listening;
    }

    /** Accepts until the socket is closed; a failure of accept(2) is waited out. */
    @Override
    public void run() {
        while (server.isOpen()) {
            SocketChannel accepted = null;
            try {
                accepted = server.accept();
                admit(accepted);
                service.backoff().reset();
            } catch (ClosedChannelException e) {
                log.debug("listener {}: its socket is closed", name());
            } catch (IOException | RuntimeException | Error e) {
                if (accepted != null) {
                    close(accepted);
                }
                waitOut(e);
            }
        }
    }

    private void waitOut(Throwable cause) {
        service.listener().counters().add(Count.ACCEPT_ERRORS, 1);
        if (service.backoff().mayLog()) {
            log.warn("listener {}: accept failed, trying on: {}", name(), cause.toString());
        }
        service.backoff().pause();
    }

    private void admit(SocketChannel accepted) {
        try {
            accepted.configureBlocking(false);
            service.binding().prepare(accepted);
            InetAddress from = Endpoint.ip(accepted.getRemoteAddress());
            Optional<String> refusal = service.admission().enter(from);
            if (refusal.isPresent()) {
                turnAway(accepted, refusal.get());
            } else {
                EventLoop loop = loops.next();
                loop.execute(() -> open(accepted, from, loop));
            }
        } catch (IOException e) {
            service.listener().counters().add(Count.PROBES, 1);
            close(accepted);
        }
    }

    private void turnAway(SocketChannel accepted, String refusal) throws IOException {
        service.listener().counters().add(Count.TURNED_AWAY, 1);
        if (service.listener().transport() != Transport.TLS) { // it would be no TLS
            byte[] line = service.listener().errorLine("too_many_connections", refusal);
            accepted.write(ByteBuffer.wrap(line));
        }
        accepted.shutdownOutput();
        close(accepted);
    }

    /** On the loop. What was accepted before a stop and comes here after it is closed again. */
    private void open(SocketChannel accepted, @Nullable InetAddress from, EventLoop loop) {
        try {
            if (listening.getAsBoolean()) {
                SelectionKey key = accepted.register(loop.selector(), 0);
                Wire wire = new SocketWire(accepted);
                Introduction known = service.binding().introduction(accepted);
                List<Step> steps = service.steps().get();
                Opening.Ready ready =
                        (last, introduction) ->
                                new StreamConnection(last, introduction, key, loop, service, frames)
                                        .open();
                if (steps.isEmpty()) {
                    ready.open(wire, known);
                } else {
                    Consumer<Introduction> failed = last -> service.left(from, last);
                    new Opening(wire, known, key, loop, service, steps, ready, failed).begin();
                }
                return;
            }
        } catch (IOException | RuntimeException e) {
            log.debug(
                    "listener {}: a connection left before it was registered: {}",
                    name(),
                    e.toString());
        }
        service.admission().leave(from);
        close(accepted);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", channel, e.toString());
        }
    }

    private String name() {
        return service.listener().name();
    }
}
