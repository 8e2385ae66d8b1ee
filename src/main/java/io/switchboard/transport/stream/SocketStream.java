package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The byte stream of a connection: its socket, or a layer on it such as TLS. Never blocks.
 *
 * <p>Only the connection's loop reads; during a TLS handshake, a thread of the handshakes reads in
 * its place. Any thread may write, but only one at a time. {@link #close} frees the file descriptor
 * and may be called from any thread.
 */
public interface SocketStream extends ByteChannel {

    /** Writes what the kernel takes now; returns the number of bytes, possibly 0. */
    @Override
    int write(ByteBuffer bytes) throws IOException;

    /**
     * Writes the first {@code count} buffers with one gathering write; returns the number of bytes
     * that the kernel took, possibly 0.
     */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /**
     * Returns whether the stream has buffered bytes that can be read although the selector does not
     * report the socket as readable.
     */
    default boolean hasBufferedInput() {
        return false;
    }

    /**
     * Returns the memory, in bytes, of received data that no read can return yet, such as an
     * incomplete TLS record. Called by the loop.
     */
    default int bufferedBytes() {
        return 0;
    }

    /**
     * Returns the number of bytes that are being sent although the last write has not counted them
     * as taken. The next write must begin with the same bytes; they are not sent twice. Called by
     * the thread that has written.
     */
    default int ahead() {
        return 0;
    }

    /**
     * Returns whether the stream holds bytes of its own, such as TLS protocol messages, that the
     * kernel has not taken yet.
     */
    default boolean hasPendingOutput() {
        return false;
    }

    /**
     * Writes the {@linkplain #hasPendingOutput pending output}. The loop calls this method when the
     * socket is writable. Returns whether nothing is pending any more.
     */
    default boolean flush() throws IOException {
        return true;
    }

    /**
     * Ends the stream (FIN) after the written bytes. If output is pending, {@link #flush} ends the
     * stream after it has written the rest.
     */
    void shutdownOutput() throws IOException;

    /**
     * Returns whether the service may still write after a read has returned the end of the stream.
     */
    default boolean canHalfClose() {
        return true;
    }

    /**
     * Ends the output as {@link #shutdownOutput} does, but continues to read what the remote end
     * sends. Called by the loop; nothing is written afterwards.
     */
    default void endOutput() throws IOException {
        shutdownOutput();
    }

    @Override
    default boolean isOpen() {
        return socket().isOpen();
    }

    /** Returns the socket, for its options and addresses; callers do not read or write it. */
    SocketChannel socket();

    /**
     * A plain socket, preceded by the bytes that a setup step has pushed back with {@link #unread}.
     */
    final class TcpStream implements SocketStream {

        /**
         * Largest write of one buffer, in bytes. The JDK copies a heap buffer to a direct buffer of
         * the same size, which it keeps per thread.
         */
        private static final int WRITE_AT_ONCE = 256 * 1024;

        private final SocketChannel socket;

        /**
         * The pushed back bytes; null when all of them have been read. Only the thread that reads
         * uses the buffer; other threads only test for null.
         */
        private @Nullable ByteBuffer unread;

        TcpStream(SocketChannel socket) {
            this.socket = socket;
        }

        /**
         * Pushes back at least one byte. The next read returns them first, before those that were
         * pushed back earlier and have not been read. May keep the array.
         */
        void unread(byte[] bytes) {
            ByteBuffer before = unread;
            unread =
                    before == null
                            ? ByteBuffer.wrap(bytes)
                            : ByteBuffer.allocate(bytes.length + before.remaining())
                                    .put(bytes)
                                    .put(before)
                                    .flip();
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            ByteBuffer first = unread;
            if (first == null) {
                return socket.read(into);
            }
            int count = Math.min(first.remaining(), into.remaining());
            into.put(into.position(), first, first.position(), count);
            into.position(into.position() + count);
            first.position(first.position() + count);
            if (!first.hasRemaining()) {
                unread = null;
            }
            return count;
        }

        @Override
        public boolean hasBufferedInput() {
            return unread != null;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int limit = bytes.limit();
            int taken = 0;
            try {
                int requested;
                int count;
                do {
                    requested = Math.min(limit - bytes.position(), WRITE_AT_ONCE);
                    bytes.limit(bytes.position() + requested);
                    count = socket.write(bytes);
                    taken += count;
                } while (count == requested && bytes.position() < limit);
            } finally {
                bytes.limit(limit);
            }
            return taken;
        }

        @Override
        public long write(ByteBuffer[] buffers, int count) throws IOException {
            return count == 1 ? write(buffers[0]) : socket.write(buffers, 0, count);
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }

        @Override
        public SocketChannel socket() {
            return socket;
        }
    }
}
