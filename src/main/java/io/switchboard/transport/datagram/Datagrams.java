package io.switchboard.transport.datagram;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Admission;
import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bound socket on its event loop: reads datagrams, knows whose they are, and makes a peer of each
 * address that it does not know.
 *
 * <p>Peers are opened on the loop alone, and are forgotten from any thread: of a datagram and a
 * close at the same time the datagram is the old peer's last, or the first of a new one.
 */
final class Datagrams implements EventLoop.Handler {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** How many datagrams are read before other sockets of the loop have their turn. */
    private static final int AT_ONCE = 64;

    private final DatagramChannel channel;
    private final SocketAddress local;
    private final EventLoop loop;
    private final Service service;
    private final BooleanSupplier accepting;
    private final int maxFrame;
    private final Map<Source, DatagramLink> links = new ConcurrentHashMap<>();
    private final Queue<DatagramLink> waiting = new ConcurrentLinkedQueue<>();

    /** One byte longer than the longest that is taken: what fills it is longer. */
    private final ByteBuffer buffer;

    @SuppressWarnings("NullAway.Init") // register() sets it, before there is a peer
    private volatile SelectionKey key;

    /** The channel is bound and does not block; {@code accepting}: new peers may come. */
    Datagrams(DatagramChannel channel, EventLoop loop, Service service, BooleanSupplier accepting)
            throws IOException {
        this.channel = channel;
        this.local = channel.getLocalAddress();
        this.loop = loop;
        this.service = service;
        this.accepting = accepting;
        this.maxFrame = service.listener().maxFrame();
        this.buffer = ByteBuffer.allocateDirect(maxFrame + 1);
    }

    DatagramChannel channel() {
        return channel;
    }

    SocketAddress local() {
        return local;
    }

    /** Reads from now on. Any thread. */
    void begin() {
        loop.execute(this::register);
    }

    private void register() {
        try {
            key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
        } catch (ClosedChannelException e) {
            log.debug("listener {}: stopped before it began", name());
        }
    }

    /** Returns the live peer of this address; null if there is none. Any thread. */
    @Nullable PeerSession peer(InetSocketAddress address) {
        DatagramLink link = links.get(new Source(address));
        return link == null ? null : link.session();
    }

    /**
     * Returns the peer of this address, opened if there is none; empty if the listener refuses it.
     */
    CompletableFuture<Optional<PeerSession>> open(InetSocketAddress address) {
        CompletableFuture<Optional<PeerSession>> opened = new CompletableFuture<>();
        loop.execute(
                () -> {
                    try {
                        opened.complete(Optional.ofNullable(peerOf(address, Direction.OUTBOUND)));
                    } catch (RuntimeException | Error e) {
                        opened.completeExceptionally(e);
                    }
                });
        return opened;
    }

    @Override
    public void ready(SelectionKey ready) {
        if (ready.isWritable()) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            wake();
        }
        if (ready.isReadable()) {
            receive();
        }
    }

    private void receive() {
        for (int read = 0; read < AT_ONCE; read++) {
            InetSocketAddress from;
            try {
                from = (InetSocketAddress) channel.receive(buffer.clear());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                rest(e);
                return;
            }
            if (from == null) {
                return;
            }
            take(from, buffer.flip());
        }
    }

    private void take(InetSocketAddress from, ByteBuffer datagram) {
        if (datagram.remaining() > maxFrame) {
            service.listener().counters().add(Count.OVERSIZED_DATAGRAMS, 1);
            return;
        }
        PeerSession session = peerOf(from, Direction.INBOUND);
        if (session == null) {
            service.listener().counters().add(Count.TURNED_AWAY, 1);
        } else if (!session.mayBeRead()) {
            service.listener().counters().add(Count.UNREAD_DATAGRAMS, 1);
        } else {
            hand(session, datagram);
        }
    }

    private void hand(PeerSession session, ByteBuffer datagram) {
        byte[] payload = new byte[datagram.remaining()];
        datagram.get(payload);
        try {
            session.arrived(System.nanoTime());
            service.inbound().received(session, payload);
            session.received(1, payload.length);
        } catch (RuntimeException | Error e) {
            session.broken(e); // and not the socket, which is everybody's
        }
    }

    private @Nullable PeerSession peerOf(InetSocketAddress address, Direction direction) {
        Source source = new Source(address);
        DatagramLink known = links.get(source);
        if (known != null) {
            return known.session();
        }
        if (!accepting.getAsBoolean()
                || service.admission().enter(address.getAddress()).isPresent()) {
            return null;
        }
        DatagramLink link = new DatagramLink(this, address, direction);
        // before it is opened: who closes it at once must find it here
        links.put(source, link);
        try {
            PeerSession session = service.registry().open(service.listener(), link);
            link.opened(session);
            return session;
        } catch (RuntimeException | Error e) {
            link.free();
            throw e;
        }
    }

    /** Called once for each link. */
    void forget(DatagramLink link) {
        links.remove(new Source(link.remote()), link);
        service.admission().leave(link.remote().getAddress());
    }

    /** Has the session of this link called when the socket takes datagrams again. Any thread. */
    void wakeWhenWritable(DatagramLink link) {
        waiting.add(link);
        ask(SelectionKey.OP_WRITE);
        loop.wakeUp();
    }

    private void ask(int operation) {
        try {
            key.interestOpsOr(operation);
        } catch (CancelledKeyException e) {
            log.trace("closed by another thread meanwhile", e);
        }
    }

    private void wake() {
        List<DatagramLink> woken = new ArrayList<>();
        for (DatagramLink each = waiting.poll(); each != null; each = waiting.poll()) {
            woken.add(each);
        }
        for (DatagramLink each : woken) {
            PeerSession session = each.session();
            if (session != null) {
                session.writable();
            }
        }
    }

    /** Enforces the peers' deadlines, and reads on where a failure has kept it from that. */
    @Override
    public void sweep(long now) {
        ask(SelectionKey.OP_READ);
        for (DatagramLink each : links.values()) {
            PeerSession session = each.session();
            if (session != null) {
                session.sweep(now);
            }
        }
    }

    /** Goes on: the socket is everybody's. */
    @Override
    public void fault(Throwable cause) {
        log.error("listener {}: its socket goes on after", name(), cause);
        rest(cause);
    }

    /** Reads nothing until the next sweep, so that what fails each time does not spin. */
    private void rest(Throwable cause) {
        service.listener().counters().add(Count.ACCEPT_ERRORS, 1);
        log.warn("listener {}: reading failed, trying on: {}", name(), cause.toString());
        if (key.isValid()) {
            key.interestOpsAnd(~SelectionKey.OP_READ);
        }
    }

    /** Frees the socket; the loop must run once for that. */
    void close() throws IOException {
        channel.close();
        loop.wakeUp();
    }

    private String name() {
        return service.listener().name();
    }

    /** What the peers of one listener share. */
    record Service(
            Listener listener, Admission admission, PeerRegistry registry, Inbound inbound) {}

    /**
     * A peer's address as the key of a hash table. Its hash depends on a number that is drawn at
     * each start: that of {@link InetSocketAddress} is a sum, and who may choose addresses and
     * ports could send from thousands that have the same.
     */
    record Source(InetSocketAddress address) {
        /** Odd, so that multiplying loses nothing. */
        private static final long KEY = ThreadLocalRandom.current().nextLong() | 1;

        @Override
        public int hashCode() {
            long hash = address.getPort();
            for (byte each : address.getAddress().getAddress()) {
                hash = (hash + each) * KEY;
                hash ^= hash >>> Integer.SIZE;
            }
            return (int) hash;
        }
    }
}
