package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.peer.Link.SocketOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A link without a network. The test determines how many bytes the kernel accepts. */
public final class FakeLink implements Link {

    /** Determines the result of one write; may block. */
    @FunctionalInterface
    public interface Kernel {
        /** Returns how many of the {@code offered} bytes are accepted. */
        int take(int offered) throws IOException;
    }

    /** A kernel with an unlimited socket buffer. */
    public static final Kernel TAKES_ALL = offered -> offered;

    /** A kernel whose socket buffer is full because the peer does not read. */
    public static final Kernel FULL = _ -> 0;

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final List<Integer> writes = new CopyOnWriteArrayList<>();
    private final List<String> readCalls = new CopyOnWriteArrayList<>();
    private final Semaphore wakeRequests = new Semaphore(0);
    private final AtomicBoolean writing = new AtomicBoolean();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private final List<String> outputEnds = new CopyOnWriteArrayList<>();
    private final Map<String, Boolean> options = new ConcurrentHashMap<>();
    private final AtomicInteger snapshots = new AtomicInteger();
    private final AtomicInteger remoteReads = new AtomicInteger();
    private final List<Long> deadlineChecks = new CopyOnWriteArrayList<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final SocketAddress remote;
    private volatile SocketAddress local =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 8_000);
    private volatile boolean preservesMessages;
    private volatile SocketAddress client;
    private volatile boolean overlapped;
    private volatile int partialFrameBytes;
    private volatile int failAfter = -1;
    private volatile int ahead;
    private volatile Kernel kernel;
    private volatile Runnable wake = wakeRequests::release;
    private volatile Runnable clientLookup = () -> {};

    public FakeLink() {
        this(TAKES_ALL);
    }

    public FakeLink(Kernel kernel) {
        this(kernel, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_001));
    }

    public FakeLink(Kernel kernel, SocketAddress remote) {
        this.kernel = kernel;
        this.remote = remote;
        this.client = remote;
    }

    /** Returns a kernel that accepts these counts, one per write, and then everything. */
    public static Kernel takes(int... counts) {
        AtomicInteger next = new AtomicInteger();
        return offered -> {
            int call = next.getAndIncrement();
            return call < counts.length ? Math.min(offered, counts[call]) : offered;
        };
    }

    /** Makes the next write accept this number of bytes and then fail with an IOException. */
    public void breakAfter(int bytes) {
        failAfter = bytes;
    }

    /** Replaces the kernel. */
    public void kernel(Kernel now) {
        kernel = now;
    }

    /** Makes each write a separate message, like a datagram socket. */
    public FakeLink preserveMessages() {
        preservesMessages = true;
        return this;
    }

    @Override
    public boolean preservesMessages() {
        return preservesMessages;
    }

    /** Returns every accepted message, decoded as ISO 8859-1. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        String message = ISO_8859_1.decode(bytes.duplicate()).toString();
        int count = (int) write(new ByteBuffer[] {bytes}, 1);
        if (preservesMessages && count == message.length()) {
            messages.add(message);
        }
        return count;
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        if (!writing.compareAndSet(false, true)) {
            overlapped = true;
        }
        try {
            if (aborted.get() > 0) {
                throw new ClosedChannelException();
            }
            writes.add(count);
            int offered = 0;
            for (int at = 0; at < count; at++) {
                offered += buffers[at].remaining();
            }
            int taking = failAfter < 0 ? kernel.take(offered) : Math.min(offered, failAfter);
            int left = taking;
            for (int at = 0; at < count; at++) {
                byte[] some = new byte[Math.min(left, buffers[at].remaining())];
                buffers[at].get(some);
                left -= some.length;
                synchronized (taken) {
                    taken.writeBytes(some);
                }
            }
            if (failAfter >= 0) {
                throw new IOException("Connection reset by peer");
            }
            return taking;
        } finally {
            writing.set(false);
        }
    }

    /** Replaces the action for {@link #wakeWhenWritable}. */
    public void onWakeRequest(Runnable now) {
        wake = now;
    }

    /** Sets the number of bytes after the accepted ones that can no longer be withdrawn. */
    public void ahead(int bytes) {
        ahead = bytes;
    }

    @Override
    public int ahead() {
        return ahead;
    }

    @Override
    public void wakeWhenWritable() {
        wake.run();
    }

    @Override
    public void checkDeadlinesWithin(long nanos) {
        deadlineChecks.add(nanos);
    }

    /** Returns the times, in nanoseconds, within which the deadlines were to be checked. */
    public List<Long> deadlineChecks() {
        return deadlineChecks;
    }

    @Override
    public void pauseReading() {
        readCalls.add("pause");
    }

    @Override
    public void resumeReading() {
        readCalls.add("resume");
    }

    /** Returns the calls of {@link #pauseReading} and {@link #resumeReading}, in order. */
    public List<String> readCalls() {
        return List.copyOf(readCalls);
    }

    @Override
    public void endOutput() throws IOException {
        if (aborted.get() > 0) {
            throw new ClosedChannelException();
        }
        outputEnds.add(text());
    }

    /** Returns all accepted bytes at each call of {@link #endOutput}, as {@link #text} does. */
    public List<String> outputEnds() {
        return List.copyOf(outputEnds);
    }

    @Override
    public void finish() {
        finished.incrementAndGet();
    }

    @Override
    public void abort() {
        aborted.incrementAndGet();
    }

    /** Sets an action for each call of {@link #client()}. */
    public void onClientLookup(Runnable now) {
        clientLookup = now;
    }

    @Override
    public SocketAddress remote() {
        remoteReads.incrementAndGet();
        return remote;
    }

    /** Returns how often the address of the remote end was read. */
    public int remoteReads() {
        return remoteReads.get();
    }

    /** Sets the client's address, as if the remote end were a proxy. */
    public void client(SocketAddress now) {
        client = now;
    }

    @Override
    public SocketAddress client() {
        clientLookup.run();
        return client;
    }

    /** Sets the address of this end. */
    public void local(SocketAddress now) {
        local = now;
    }

    @Override
    public SocketAddress local() {
        return local;
    }

    @Override
    public Optional<SocketOptions> options() {
        return Optional.empty();
    }

    @Override
    public void option(SocketOption<Boolean> option, boolean on) throws IOException {
        if (aborted.get() > 0) {
            throw new ClosedChannelException();
        }
        options.put(option.name(), on);
    }

    /** Returns the options that were set. */
    public Map<String, Boolean> set() {
        return Map.copyOf(options);
    }

    @Override
    public int partialFrameBytes() {
        snapshots.incrementAndGet();
        return partialFrameBytes;
    }

    public void partialFrameBytes(int bytes) {
        partialFrameBytes = bytes;
    }

    /** Returns how often a snapshot of the session was taken. */
    public int snapshotCount() {
        return snapshots.get();
    }

    /** Returns all accepted bytes, decoded as ISO 8859-1. */
    public String text() {
        synchronized (taken) {
            return taken.toString(ISO_8859_1);
        }
    }

    /** Returns the number of accepted bytes. */
    public int size() {
        synchronized (taken) {
            return taken.size();
        }
    }

    /** Returns how many buffers each write offered. */
    public List<Integer> writes() {
        return List.copyOf(writes);
    }

    /** Has one permit for each call of {@link #wakeWhenWritable}. */
    public Semaphore wakeRequests() {
        return wakeRequests;
    }

    /** Returns whether two threads ever wrote at the same time. */
    public boolean overlapped() {
        return overlapped;
    }

    public int finished() {
        return finished.get();
    }

    public int aborted() {
        return aborted.get();
    }
}
