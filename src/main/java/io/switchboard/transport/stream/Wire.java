package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;

/**
 * What a connection's bytes go through: its socket, or a layer on that. Never blocks.
 *
 * <p>Reading is the loop's; writing is done by one thread at a time, any; {@link #close} comes from
 * any thread and frees the descriptor.
 */
interface Wire extends ByteChannel {

    /**
     * Writes what the kernel takes now, from the buffer's position on.
     *
     * @return how many bytes were taken; fewer than offered, possibly 0, when the kernel is full
     */
    @Override
    int write(ByteBuffer bytes) throws IOException;

    /** The same of several buffers with one gathering write, of the first {@code count}. */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /**
     * Whether it has bytes to be read that it has taken from the socket already, of which the
     * selector does not know.
     */
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

    /** The socket itself, for its options and its key: nothing else reads or writes it. */
    SocketChannel socket();
}
