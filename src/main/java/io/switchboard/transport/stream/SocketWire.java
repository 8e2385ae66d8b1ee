package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The socket, with nothing on it. */
final class SocketWire implements Wire {

    /** The JDK copies heap buffers to direct ones of the same size and keeps those per thread. */
    private static final int WRITE_AT_ONCE = 256 * 1024;

    private final SocketChannel socket;

    SocketWire(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return socket.read(into);
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
    public boolean isOpen() {
        return socket.isOpen();
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
