package io.switchboard.transport.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import tlschannel.BufferAllocator;
import tlschannel.DirectBufferAllocator;

/**
 * Direct buffers that are used again: a TLS connection has some only while bytes go through it, or
 * wait in it.
 *
 * <p>Thread-safe: this object's monitor guards the free ones.
 */
final class BufferPool implements BufferAllocator {

    /**
     * Of each size. More are in use only while so many peers hold half a record: then they come
     * from the system and go back to it.
     */
    private static final int MOST_FREE = 64;

    private final BufferAllocator system = new DirectBufferAllocator();
    private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();

    /**
     * @param size one of the few that tls-channel asks for, 4 to 17 KiB
     */
    @Override
    public ByteBuffer allocate(int size) {
        ByteBuffer buffer;
        synchronized (this) {
            Deque<ByteBuffer> ofSize = free.get(size);
            buffer = ofSize == null ? null : ofSize.pollFirst();
        }
        return buffer == null ? system.allocate(size) : buffer.clear();
    }

    @Override
    public void free(ByteBuffer buffer) {
        synchronized (this) {
            Deque<ByteBuffer> ofSize =
                    free.computeIfAbsent(buffer.capacity(), size -> new ArrayDeque<>());
            if (ofSize.size() < MOST_FREE) {
                ofSize.addFirst(buffer);
                return;
            }
        }
        system.free(buffer);
    }
}
