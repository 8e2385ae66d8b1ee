package io.switchboard.transport.udp;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerLimits;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.MessageReceiver;
import io.switchboard.transport.ConnectionLimiter;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.RateLimit;
import io.switchboard.transport.Timer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound socket of a UDP listener, on its event loop. It reads datagrams, finds the peer of each
 * source address, and opens a peer for an address that has none.
 *
 * <p>Reading is faster than handling, and the kernel drops what does not fit in its buffer. Each
 * step therefore first reads all datagrams that the kernel has into a bounded queue, and then
 * handles some of the queue. The kernel does not know of this queue, so the socket is deferred
 * while there is one.
 *
 * <p>Only the loop's thread opens peers; any thread may remove one. If a datagram arrives while its
 * peer is being closed, it is either the old peer's last message or the first one of a new peer.
 */
final class UdpSocket implements EventLoop.Handler, Timer.Owner {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /**
     * How many datagrams are read before the loop serves its other sockets: more than the kernel
     * keeps in a receive buffer of the usual 208 KiB.
     */
    private static final int MAX_READS = 512;

    /** At this many datagrams or bytes that wait, further ones stay in the kernel's buffer. */
    private static final int MAX_WAITING = 4_096;

    private static final int MAX_WAITING_BYTES = 4 * 1024 * 1024;

    /** The kernel's buffer has more bytes than this for each datagram, even for an empty one. */
    private static final int MIN_KERNEL_BYTES = 256;

    /** The longest time of a step that handles datagrams, except for the last one. */
    private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final long ERROR_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final DatagramChannel channel;
    private final SocketAddress local;
    private final EventLoop loop;
    private final Timer timer;

    /** What the peers share; another one after a change of the listener. */
    private final Supplier<Context> shared;

    private final BooleanSupplier accepting;
    private final int maxFrame;

    /** The new peers a second; null without a limit. Used on the loop only. */
    private @Nullable RateLimit connectRate;

    private final Map<Source, UdpLink> links = new ConcurrentHashMap<>();
    private final UnnamedSources unnamed = new UnnamedSources();

    /** The datagrams that were read and not handled yet; used on the loop only, as the next two. */
    private final Queue<Datagram> waiting = new ArrayDeque<>();

    private int waitingBytes;
    private boolean deferred;

    private final Queue<UdpLink> blockedWriters = new ConcurrentLinkedQueue<>();

    /** One byte longer than max-frame, so that a longer datagram is recognised: it fills this. */
    private final ByteBuffer buffer;

    @SuppressWarnings("NullAway.Init") // register() sets it, before the first peer is opened
    private volatile SelectionKey key;

    /**
     * Creates the handler of a bound channel; {@link #startReading} registers it with the loop.
     *
     * @param channel bound, in non-blocking mode
     * @param accepting whether new addresses may become peers
     */
    UdpSocket(
            DatagramChannel channel,
            EventLoop loop,
            Supplier<Context> shared,
            BooleanSupplier accepting)
            throws IOException {
        this.channel = channel;
        this.local = channel.getLocalAddress();
        this.loop = loop;
        this.timer = loop.timer(this);
        this.shared = shared;
        this.accepting = accepting;
        this.maxFrame = context().listener().maxFrame();
        this.connectRate = RateLimit.of(context().listener().limits().connectsPerSecond());
        this.buffer = ByteBuffer.allocateDirect(maxFrame + 1);
    }

    private Context context() {
        return shared.get();
    }

    /** Applies the limits of the listener, which has been changed, to all peers. Any thread. */
    void changeLimits() {
        loop.execute(
                () -> {
                    PeerLimits limits = context().listener().limits();
                    connectRate = RateLimit.of(limits.connectsPerSecond());
                    links.values().forEach(each -> each.limits(limits));
                });
    }

    DatagramChannel channel() {
        return channel;
    }

    SocketAddress local() {
        return local;
    }

    EventLoop loop() {
        return loop;
    }

    /**
     * Discards the datagrams that have arrived until now, as many as fit in the kernel's buffer.
     * Called before {@link #startReading}, by the thread that calls it.
     */
    void discardReceived() throws IOException {
        int most = channel.getOption(StandardSocketOptions.SO_RCVBUF) / MIN_KERNEL_BYTES + 1;
        int discarded = 0;
        while (discarded < most && channel.receive(buffer.clear()) != null) {
            discarded++;
        }
    }

    /** Registers the socket with the loop, which then reads from it. Any thread. */
    void startReading() {
        loop.execute(this::register);
    }

    private void register() {
        try {
            key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
        } catch (ClosedChannelException e) {
            log.debug("listener {}: the socket was closed before it was read from", name());
        }
    }

    /** Returns the live peer of this address; null if there is none. Any thread. */
    @Nullable PeerSession peer(InetSocketAddress address) {
        UdpLink link = links.get(new Source(address));
        return link == null ? null : link.session();
    }

    /**
     * Returns the peer of this address and opens one if there is none; empty if the listener
     * refuses it. Any thread; the loop's thread completes the future.
     *
     * @param permitted whether a new peer may be opened; asked on the loop
     * @param named whether a new peer may get a name by its address and by what it sends
     */
    CompletableFuture<Optional<PeerSession>> open(
            InetSocketAddress address, BooleanSupplier permitted, boolean named) {
        CompletableFuture<Optional<PeerSession>> opened = new CompletableFuture<>();
        loop.execute(
                () -> {
                    try {
                        opened.complete(
                                links.containsKey(new Source(address)) || permitted.getAsBoolean()
                                        ? Optional.ofNullable(
                                                findOrOpen(address, Direction.OUTBOUND, named))
                                        : Optional.empty());
                    } catch (RuntimeException | Error e) {
                        FatalErrors.check(e);
                        opened.completeExceptionally(e);
                    }
                });
        return opened;
    }

    @Override
    public void ready(SelectionKey ready) {
        if (ready.isWritable()) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            resumeWriters();
        }
        if (ready.isReadable() && !deferred) {
            step();
        }
    }

    @Override
    public void proceed() {
        deferred = false;
        step();
    }

    private void step() {
        drain();
        long start = System.nanoTime();
        Datagram next = waiting.poll();
        while (next != null) {
            waitingBytes -= next.payload().length;
            receive(next.from(), next.payload());
            next = System.nanoTime() - start < STEP_NANOS ? waiting.poll() : null;
        }
        deferIfWaiting();
    }

    private void deferIfWaiting() {
        if (!waiting.isEmpty() && !deferred) {
            deferred = true;
            loop.defer(this);
        }
    }

    /** Moves the datagrams that the kernel has to the queue. */
    private void drain() {
        for (int read = 0; read < MAX_READS && hasRoom(); read++) {
            InetSocketAddress from;
            try {
                from = (InetSocketAddress) channel.receive(buffer.clear());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                pauseReading(e);
                return;
            }
            if (from == null) {
                return;
            }
            if (buffer.flip().remaining() > maxFrame) {
                context().listener().counters().add(ListenerMetric.OVERSIZED_DATAGRAMS, 1);
                continue;
            }
            byte[] payload = new byte[buffer.remaining()];
            buffer.get(payload);
            waiting.add(new Datagram(from, payload));
            waitingBytes += payload.length;
        }
    }

    private boolean hasRoom() {
        return waiting.size() < MAX_WAITING && waitingBytes < MAX_WAITING_BYTES;
    }

    private void receive(InetSocketAddress from, byte[] payload) {
        UdpLink link = links.get(new Source(from));
        if (link == null && !admitsConnect()) {
            context().listener().counters().add(ListenerMetric.THROTTLED_CONNECTIONS, 1);
            return;
        }
        if (link != null && !link.admits(payload.length)) {
            context().listener().counters().add(ListenerMetric.THROTTLED_DATAGRAMS, 1);
            return;
        }
        PeerSession session =
                link == null ? findOrOpen(from, Direction.INBOUND, true) : link.session();
        if (session == null) {
            context().listener().counters().add(ListenerMetric.REFUSED_CONNECTIONS, 1);
        } else if (!session.readPause().allows(session)) {
            context().listener().counters().add(ListenerMetric.UNREAD_DATAGRAMS, 1);
        } else {
            handle(session, payload);
        }
    }

    /** Counts a new peer, unless the rate of the listener is used up; returns whether it did. */
    private boolean admitsConnect() {
        long now = System.nanoTime();
        boolean admits = connectRate == null || connectRate.nanosLeft(now) == 0;
        if (admits && connectRate != null) {
            connectRate.take(1, now);
        }
        return admits;
    }

    private void handle(PeerSession session, byte[] payload) {
        try {
            session.receiveStats().arrived(System.nanoTime());
            context().inbound().received(session, payload);
            session.receiveStats().add(1, payload.length);
        } catch (RuntimeException | Error e) {
            session.broken(e); // ends this session only: the other peers share the socket
        }
    }

    @SuppressWarnings("ReferenceEquality") // the listener is replaced, never changed
    private @Nullable PeerSession findOrOpen(
            InetSocketAddress address, Direction direction, boolean named) {
        Source source = new Source(address);
        UdpLink existing = links.get(source);
        if (existing != null) {
            return existing.session();
        }
        long now = System.nanoTime();
        if (!accepting.getAsBoolean()
                || (!named && unnamed.isFull(now))
                || context().limiter().acquire(address.getAddress()).isPresent()) {
            return null;
        }
        boolean mayGetName = named && !unnamed.contains(source, now);
        Listener listener = context().listener();
        UdpLink link = new UdpLink(this, address, direction, mayGetName, listener.limits());
        // Before the session is opened, because it may be closed at once and then removes the link.
        links.put(source, link);
        try {
            PeerSession session = context().registry().open(listener, link, mayGetName);
            link.opened(session);
            Listener current = context().listener();
            if (current != listener) { // whoever changed it may have missed the session
                context().registry().listenerChanged(session, current);
            }
            return session;
        } catch (RuntimeException | Error e) {
            link.free();
            throw e;
        }
    }

    /** Removes a link and gives back its place in the limits; called once for each link. */
    void remove(UdpLink link) {
        Source source = new Source(link.remote());
        if (!link.named()) {
            unnamed.add(source, System.nanoTime()); // before another peer can be opened there
        }
        links.remove(source, link);
        context().limiter().release(link.remote().getAddress());
    }

    /** Calls {@link PeerSession#writable} on the loop once the socket is writable. Any thread. */
    void wakeWhenWritable(UdpLink link) {
        blockedWriters.add(link);
        addInterest(SelectionKey.OP_WRITE);
        loop.wakeUp();
    }

    private void addInterest(int operation) {
        try {
            key.interestOpsOr(operation);
        } catch (CancelledKeyException e) {
            log.trace("another thread closed the socket meanwhile", e);
        }
    }

    private void resumeWriters() {
        List<UdpLink> writers = new ArrayList<>();
        for (UdpLink each = blockedWriters.poll(); each != null; each = blockedWriters.poll()) {
            writers.add(each);
        }
        for (UdpLink each : writers) {
            PeerSession session = each.session();
            if (session != null) {
                session.writable();
            }
        }
    }

    /** Resumes reading after an error has paused it. */
    @Override
    public long checkDeadlines(long now) {
        addInterest(SelectionKey.OP_READ);
        deferIfWaiting();
        return Timer.NONE;
    }

    /** Keeps the socket open after an error, because all peers share it. */
    @Override
    public void fault(Throwable cause) {
        log.error("listener {}: the UDP socket stays open after this error", name(), cause);
        pauseReading(cause);
    }

    /** Stops reading for a moment, so that an error that persists does not spin the loop. */
    private void pauseReading(Throwable cause) {
        context().listener().counters().add(ListenerMetric.ACCEPT_ERRORS, 1);
        log.warn(
                "listener {}: reading from the UDP socket failed, it is retried: {}",
                name(),
                cause.toString());
        if (key.isValid()) {
            key.interestOpsAnd(~SelectionKey.OP_READ);
            timer.within(ERROR_PAUSE_NANOS);
        }
    }

    /** Closes the socket. The JDK frees its descriptor when the loop selects the next time. */
    void close() throws IOException {
        channel.close();
        loop.wakeUp();
    }

    private String name() {
        return context().listener().name();
    }

    @SuppressWarnings("ArrayRecordComponent") // datagrams are not compared
    private record Datagram(InetSocketAddress from, byte[] payload) {}

    /** What the peers of one listener share. */
    record Context(
            Listener listener,
            ConnectionLimiter limiter,
            PeerRegistry registry,
            MessageReceiver inbound) {}

    /**
     * A peer's address as the key of a hash table. Its hash code depends on a random number that is
     * drawn at each start. The hash code of {@link InetSocketAddress} is a sum, so an attacker who
     * chooses addresses and ports could send from thousands with the same hash code.
     */
    record Source(InetSocketAddress address) {
        /** An odd factor: multiplication by it modulo 2^64 is reversible, so no bits are lost. */
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
