package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The side of a TLS connection that its socket sees: encrypted bytes, in and out.
 *
 * <p>Who sends messages is told when the kernel is full, and comes again. What TLS says of itself,
 * an answer to a new key or the end of the stream, comes from other threads and cannot be said
 * twice: of that, what the kernel does not take is kept here until {@link #flush}.
 *
 * <p>Reading is the loop's. This object's monitor orders what is written, and guards what is kept;
 * the kernel's call under it does not block.
 */
final class Ciphertext implements ByteChannel {

    /** Each answer has some 30 bytes: this one asks without end, and does not read. */
    private static final int MOST_KEPT = 512 * 1024;

    private final Wire wire;
    private int quota;

    /** The thread that comes again with what the kernel did not take. */
    private volatile @Nullable Thread sender;

    private @Nullable ByteBuffer kept;

    /** Bytes given to {@link #write} last that the kernel has not taken, and those kept. */
    private volatile int waiting;

    Ciphertext(Wire wire) {
        this.wire = wire;
    }

    /** Lets so many bytes be read from the socket from now on; the selector tells of more. */
    void allow(int bytes) {
        quota = bytes;
    }

    /** Tells this thread, when it writes, how much the kernel took; null for nobody. */
    void sender(@Nullable Thread thread) {
        sender = thread;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (quota <= 0) {
            return 0;
        }
        int limit = into.limit();
        into.limit(into.position() + Math.min(into.remaining(), quota));
        try {
            int count = wire.read(into);
            quota -= count;
            return count;
        } finally {
            into.limit(limit);
        }
    }

    @Override
    public synchronized int write(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        if (flush()) {
            wire.write(bytes);
        }
        if (bytes.hasRemaining() && Thread.currentThread() != sender) {
            keep(bytes);
        }
        waiting = bytes.remaining() + keptBytes();
        return bytes.position() - start;
    }

    private void keep(ByteBuffer bytes) throws IOException {
        int size = keptBytes() + bytes.remaining();
        if (size > MOST_KEPT) {
            throw new IOException("it does not read what TLS answers it");
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        if (kept != null) {
            all.put(kept);
        }
        kept = all.put(bytes).flip();
    }

    private int keptBytes() {
        return kept == null ? 0 : kept.remaining();
    }

    /** Writes what is kept; whether nothing is any more. */
    synchronized boolean flush() throws IOException {
        if (kept != null) {
            waiting -= wire.write(kept);
            if (!kept.hasRemaining()) {
                kept = null;
            }
        }
        return kept == null;
    }

    /** Whether something is kept, for {@link #flush} when the socket is writable. */
    synchronized boolean keeps() {
        return kept != null;
    }

    /** Encrypted bytes that the kernel has not taken, here and in the buffer of the last write. */
    int waiting() {
        return waiting;
    }

    @Override
    public boolean isOpen() {
        return wire.isOpen();
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
