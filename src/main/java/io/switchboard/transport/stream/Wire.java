package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * What a connection's bytes go through: its socket, or a layer on that. Never blocks.
 *
 * <p>Reading is the loop's; writing is done by one thread at a time, any; {@link #close} comes from
 * any thread and frees the descriptor.
 */
interface Wire extends ByteChannel {

    /** Writes what the kernel takes now, possibly nothing; returns how many bytes. */
    @Override
    int write(ByteBuffer bytes) throws IOException;

    /** The same of several buffers with one gathering write, of the first {@code count}. */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /** Whether it holds bytes to be read of which the selector does not know. */
    default boolean holds() {
        return false;
    }

    /**
     * Bytes behind those told as taken that are on their way all the same: whoever offered them
     * offers them again, first. Asked by the thread that has written.
     */
    default int ahead() {
        return 0;
    }

    /** Whether it has something of its own to say that the kernel has not taken. */
    default boolean owes() {
        return false;
    }

    /** Writes that, on the loop, when the socket is writable; whether it owes nothing any more. */
    default boolean flush() throws IOException {
        return true;
    }

    /** Ends the stream behind what was written, or once {@link #flush} has written the rest. */
    void shutdownOutput() throws IOException;

    @Override
    default boolean isOpen() {
        return socket().isOpen();
    }

    /** The socket itself, for its options and its key: nothing else reads or writes it. */
    SocketChannel socket();

    /**
     * The socket, with nothing on it but the bytes that were read too early and {@link #unread}.
     */
    final class SocketWire implements Wire {

        /**
         * The JDK copies heap buffers to direct ones of the same size and keeps those per thread.
         */
        private static final int WRITE_AT_ONCE = 256 * 1024;

        private final SocketChannel socket;

        /**
         * The loop's; null once they have all been read. Other threads ask only whether it is null.
         */
        private @Nullable ByteBuffer unread;

        SocketWire(SocketChannel socket) {
            this.socket = socket;
        }

        /** Gives bytes back, at least one and to keep: the next read gets them first. */
        void unread(byte[] bytes) {
            unread = ByteBuffer.wrap(bytes);
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
        public boolean holds() {
            return unread != null;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int limit = bytes.limit();
            int taken = 0;
            try {
                int asked;
                int count;
                do {
                    asked = Math.min(limit - bytes.position(), WRITE_AT_ONCE);
                    bytes.limit(bytes.position() + asked);
                    count = socket.write(bytes);
                    taken += count;
                } while (count == asked && bytes.position() < limit);
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
