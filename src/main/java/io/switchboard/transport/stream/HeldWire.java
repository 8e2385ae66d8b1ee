package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A wire of which more was read than was wanted: those bytes come first. */
final class HeldWire implements Wire {
    private final Wire wire;

    /** The loop's; null once they have all been read, and then nothing but a look at this. */
    private @Nullable ByteBuffer held;

    /**
     * @param held at least one, to keep
     */
    HeldWire(Wire wire, byte[] held) {
        this.wire = wire;
        this.held = ByteBuffer.wrap(held);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        ByteBuffer first = held;
        if (first == null) {
            return wire.read(into);
        }
        int count = Math.min(first.remaining(), into.remaining());
        into.put(into.position(), first, first.position(), count);
        into.position(into.position() + count);
        first.position(first.position() + count);
        if (!first.hasRemaining()) {
            held = null;
        }
        return count;
    }

    @Override
    public boolean holds() {
        return held != null || wire.holds();
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return wire.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        return wire.write(buffers, count);
    }

    @Override
    public void shutdownOutput() throws IOException {
        wire.shutdownOutput();
    }

    @Override
    public boolean isOpen() {
        return wire.isOpen();
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }

    @Override
    public SocketChannel socket() {
        return wire.socket();
    }
}
