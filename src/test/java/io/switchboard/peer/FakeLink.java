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

/** A socket without a network: the test says what the kernel takes. */
public final class FakeLink implements Link {

    /** What the kernel does at one write; may block. */
    @FunctionalInterface
    public interface Kernel {
        /** How many of the {@code offered} bytes are taken. */
        int take(int offered) throws IOException;
    }

    /** A socket buffer without end. */
    public static final Kernel TAKES_ALL = offered -> offered;

    /** A peer that does not read. */
    public static final Kernel FULL = _ -> 0;

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final List<Integer> writes = new CopyOnWriteArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Semaphore wishes = new Semaphore(0);
    private final AtomicBoolean writing = new AtomicBoolean();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private final Map<String, Boolean> set = new ConcurrentHashMap<>();
    private final AtomicInteger described = new AtomicInteger();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final SocketAddress remote;
    private volatile boolean keepsMessages;
    private volatile SocketAddress client;
    private volatile boolean overlapped;
    private volatile int partialFrameBytes;
    private volatile int breaksAfter = -1;
    private volatile int ahead;
    private volatile Kernel kernel;
    private volatile Runnable wish = wishes::release;
    private volatile Runnable asked = () -> {};

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

    /** Takes these counts in turn, and everything from then on. */
    public static Kernel takes(int... counts) {
        AtomicInteger next = new AtomicInteger();
        return offered -> {
            int turn = next.getAndIncrement();
            return turn < counts.length ? Math.min(offered, counts[turn]) : offered;
        };
    }

    /** The next write takes so many bytes, in several calls of the kernel, and then fails. */
    public void breakAfter(int bytes) {
        breaksAfter = bytes;
    }

    /** From now on the kernel does this. */
    public void kernel(Kernel now) {
        kernel = now;
    }

    /** From now on each write is a message of its own. */
    public FakeLink keepMessages() {
        keepsMessages = true;
        return this;
    }

    @Override
    public boolean keepsMessages() {
        return keepsMessages;
    }

    /** Every message that the kernel took, a character a byte. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        String message = ISO_8859_1.decode(bytes.duplicate()).toString();
        int count = (int) write(new ByteBuffer[] {bytes}, 1);
        if (keepsMessages && count == message.length()) {
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
            int taking = breaksAfter < 0 ? kernel.take(offered) : Math.min(offered, breaksAfter);
            int left = taking;
            for (int at = 0; at < count; at++) {
                byte[] some = new byte[Math.min(left, buffers[at].remaining())];
                buffers[at].get(some);
                left -= some.length;
                synchronized (taken) {
                    taken.writeBytes(some);
                }
            }
            if (breaksAfter >= 0) {
                throw new IOException("Connection reset by peer");
            }
            return taking;
        } finally {
            writing.set(false);
        }
    }

    /** From now on this happens when the outbox wishes to be called, and nothing else. */
    public void onWish(Runnable now) {
        wish = now;
    }

    /** From now on so many bytes behind those taken are on their way. */
    public void ahead(int bytes) {
        ahead = bytes;
    }

    @Override
    public int ahead() {
        return ahead;
    }

    @Override
    public void wakeWhenWritable() {
        wish.run();
    }

    @Override
    public void pauseReading() {
        told.add("pause");
    }

    @Override
    public void resumeReading() {
        told.add("resume");
    }

    /** What it was told about reading, in order. */
    public List<String> told() {
        return List.copyOf(told);
    }

    @Override
    public void finish() {
        finished.incrementAndGet();
    }

    @Override
    public void abort() {
        aborted.incrementAndGet();
    }

    /** From now on this happens each time that somebody asks for the far end. */
    public void onRemote(Runnable now) {
        asked = now;
    }

    @Override
    public SocketAddress remote() {
        return remote;
    }

    /** From now on the far end speaks for this one. */
    public void client(SocketAddress now) {
        client = now;
    }

    @Override
    public SocketAddress client() {
        asked.run();
        return client;
    }

    @Override
    public SocketAddress local() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 8_000);
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
        set.put(option.name(), on);
    }

    /** The options that were set. */
    public Map<String, Boolean> set() {
        return Map.copyOf(set);
    }

    @Override
    public int partialFrameBytes() {
        described.incrementAndGet();
        return partialFrameBytes;
    }

    public void partialFrameBytes(int bytes) {
        partialFrameBytes = bytes;
    }

    /** How often its session has told its facts. */
    public int described() {
        return described.get();
    }

    /** Everything that the kernel took, a character a byte. */
    public String text() {
        synchronized (taken) {
            return taken.toString(ISO_8859_1);
        }
    }

    /** How many bytes the kernel took. */
    public int size() {
        synchronized (taken) {
            return taken.size();
        }
    }

    /** How many buffers each write offered. */
    public List<Integer> writes() {
        return List.copyOf(writes);
    }

    /** One permit for each wish to be told when the socket takes bytes again. */
    public Semaphore wishes() {
        return wishes;
    }

    /** Whether two threads ever wrote at the same time. */
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
