package io.switchboard.transport.tls;

import io.switchboard.transport.stream.SocketStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The channel of encrypted bytes between tls-channel and the socket of one TLS connection.
 *
 * <p>If the kernel does not accept all bytes of a message, the thread that sends it offers the rest
 * again later. Records that TLS itself produces, such as the response to a key update or a
 * close_notify, are written by other threads and only once. Those of their bytes that the kernel
 * does not accept are pending here until {@link #flush}.
 *
 * <p>Reading has a quota of bytes and one of records (RFC 8446, section 5.1), which are counted by
 * their headers. Whether the selector knows of the bytes behind the quota depends on where they
 * are:
 *
 * <pre>
 *   read from the socket:  [ passed on, up to the last permitted record | held ]   in the kernel
 *                                          {@link #holdsInput} tells of these ─┘        └─ selector
 * </pre>
 *
 * <p>Only one thread reads at a time: one of the {@link HandshakeExecutor}, then the event loop.
 * This object's monitor orders the writes and guards {@link #pending}. The kernel's write runs
 * under it and does not block.
 */
final class TlsRecords implements ByteChannel {

    /** A response to a key update has some 30 bytes: a peer must not request them without end. */
    private static final int MAX_PENDING = 512 * 1024;

    /** The sizes of tls-channel's buffers for a record that is not complete. */
    private static final int SMALL_BUFFER = 4 * 1024;

    private static final int LARGE_BUFFER = 17 * 1024;

    /** Type, version and length of a record. */
    private static final int HEADER = 5;

    private final SocketStream socket;

    /**
     * Bytes that may still be read from the socket. Used by the reading thread, as are the next.
     */
    private int readQuota;

    /** Records that may still begin. */
    private int recordQuota;

    /** How many bytes of the current record's header were passed on; 0 between two records. */
    private int headerBytes;

    /**
     * How many bytes of the current record's body are still to come, once its header is complete.
     */
    private int bodyBytes;

    /** How many bytes of an incomplete record were passed on, header included. */
    private int recordBytes;

    /** How many records were passed on completely since {@link #takeCompleted}. */
    private int completed;

    /** Bytes read from the socket that begin with a record beyond the quota; null if none. */
    private @Nullable ByteBuffer held;

    /**
     * The thread that offers bytes again that the kernel does not accept; null if there is none.
     */
    private volatile @Nullable Thread sender;

    /** Bytes that no thread offers again; null if there are none. */
    private @Nullable ByteBuffer pending;

    /** The pending bytes, and those of the last {@link #write} that the kernel did not accept. */
    private volatile int waiting;

    TlsRecords(SocketStream socket) {
        this.socket = socket;
    }

    /**
     * Sets how much may be read from now on. Further bytes stay in the kernel, so the selector
     * reports them, or {@linkplain #holdsInput here}.
     *
     * @param bytes how many bytes may be read from the socket
     * @param count how many records may begin
     */
    void readQuota(int bytes, int count) {
        readQuota = bytes;
        recordQuota = count;
    }

    /** Returns whether bytes can be read that the selector does not know of. */
    boolean holdsInput() {
        return held != null || socket.hasBufferedInput();
    }

    /** Returns the memory of the bytes that cannot be decrypted yet, here and in tls-channel. */
    int bufferedBytes() {
        int kept = held == null ? 0 : held.remaining();
        if (recordBytes == 0) {
            return kept;
        }
        return kept + (recordBytes <= SMALL_BUFFER ? SMALL_BUFFER : LARGE_BUFFER);
    }

    /** Returns how many records were passed on completely since the last call. */
    int takeCompleted() {
        int count = completed;
        completed = 0;
        return count;
    }

    /**
     * Sets the thread whose writes are not kept as pending, because it offers again what the kernel
     * does not accept; null if there is no such thread.
     */
    void sender(@Nullable Thread thread) {
        sender = thread;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int start = into.position();
        ByteBuffer source = held;
        if (recordQuota <= 0 && headerBytes == 0) {
            return 0;
        }
        int count = source == null ? readSocket(into) : transfer(source, into);
        if (count <= 0) {
            return count;
        }
        int passed = permitted(into, start, start + count) - start;
        into.position(start + passed);
        if (source == null && passed < count) {
            byte[] rest = new byte[count - passed];
            into.get(start + passed, rest);
            held = ByteBuffer.wrap(rest);
        } else if (source != null) {
            source.position(source.position() - (count - passed));
            held = source.hasRemaining() ? source : null;
        }
        return passed;
    }

    private int readSocket(ByteBuffer into) throws IOException {
        if (readQuota <= 0) {
            return 0;
        }
        int limit = into.limit();
        into.limit(into.position() + Math.min(into.remaining(), readQuota));
        try {
            int count = socket.read(into);
            readQuota -= count;
            return count;
        } finally {
            into.limit(limit);
        }
    }

    private static int transfer(ByteBuffer from, ByteBuffer into) {
        int count = Math.min(from.remaining(), into.remaining());
        into.put(into.position(), from, from.position(), count);
        into.position(into.position() + count);
        from.position(from.position() + count);
        return count;
    }

    /**
     * Follows the records in {@code bytes} as far as the quota of records permits.
     *
     * @return the offset of the first record beyond the quota; {@code to} if there is none
     */
    private int permitted(ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (headerBytes < HEADER) {
                if (headerBytes == 0 && recordQuota-- <= 0) {
                    return at;
                }
                headerByte(bytes.get(at));
                at++;
                recordBytes++;
            } else {
                int step = Math.min(bodyBytes, to - at);
                bodyBytes -= step;
                at += step;
                recordBytes += step;
            }
            if (headerBytes == HEADER && bodyBytes == 0) {
                headerBytes = 0;
                recordBytes = 0;
                completed++;
            }
        }
        return at;
    }

    /** Takes one byte of a header, whose last two bytes are the length of the body. */
    private void headerByte(byte next) {
        headerBytes++;
        bodyBytes =
                headerBytes < HEADER - 1 ? 0 : bodyBytes << Byte.SIZE | Byte.toUnsignedInt(next);
    }

    @Override
    public synchronized int write(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        if (flush()) {
            socket.write(bytes);
        }
        if (bytes.hasRemaining() && Thread.currentThread() != sender) {
            appendPending(bytes);
        }
        waiting = bytes.remaining() + pendingBytes();
        return bytes.position() - start;
    }

    private void appendPending(ByteBuffer bytes) throws IOException {
        int size = pendingBytes() + bytes.remaining();
        if (size > MAX_PENDING) {
            throw new IOException(
                    "the peer requests TLS key updates without reading the responses");
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        if (pending != null) {
            all.put(pending);
        }
        pending = all.put(bytes).flip();
    }

    private int pendingBytes() {
        return pending == null ? 0 : pending.remaining();
    }

    /** Writes the pending bytes; returns whether none are left. */
    synchronized boolean flush() throws IOException {
        if (pending != null) {
            waiting -= socket.write(pending);
            if (!pending.hasRemaining()) {
                pending = null;
            }
        }
        return pending == null;
    }

    /** Returns whether bytes are pending: {@link #flush} is due once the socket is writable. */
    synchronized boolean hasPending() {
        return pending != null;
    }

    /** Returns how many encrypted bytes, pending or last written, the kernel has not accepted. */
    int waiting() {
        return waiting;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
