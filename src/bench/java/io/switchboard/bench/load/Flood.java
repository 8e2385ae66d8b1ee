package io.switchboard.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * Frames that peers write as fast as the server reads them. After {@link #end}, each peer completes
 * the frame that it has begun. Only the event loop thread uses it.
 */
public final class Flood {
    /** Where a frame ends. */
    public enum Framing {
        LINE,
        /** A length field of two bytes precedes the payload. */
        LENGTH_2
    }

    /** The bytes of a frame with its framing. */
    public static final int FRAME = 64;

    private final ByteBuffer[] unsent;
    private long bytes;
    private int activePeers;
    private boolean ending;

    /**
     * Creates a flood for {@code peers} peers.
     *
     * @param framesPerWrite number of frames that a peer passes to the kernel in one write
     */
    public Flood(int peers, Framing framing, int framesPerWrite) {
        byte[] frame = frame(framing);
        // direct, so that a write copies the bytes only once
        ByteBuffer frames = ByteBuffer.allocateDirect(framesPerWrite * FRAME);
        for (int i = 0; i < framesPerWrite; i++) {
            frames.put(frame);
        }
        frames.flip();
        unsent = new ByteBuffer[peers];
        Arrays.setAll(unsent, _ -> frames.duplicate());
        activePeers = peers;
    }

    private static byte[] frame(Framing framing) {
        byte[] frame = new byte[FRAME];
        Arrays.fill(frame, (byte) 'x');
        switch (framing) {
            case LINE -> frame[FRAME - 1] = '\n';
            case LENGTH_2 -> {
                frame[0] = 0;
                frame[1] = FRAME - 2;
            }
        }
        return frame;
    }

    void write(int peer, SocketChannel channel, SelectionKey key) throws IOException {
        ByteBuffer remaining = unsent[peer];
        if (ending) {
            remaining.limit((remaining.position() + FRAME - 1) / FRAME * FRAME);
        } else if (!remaining.hasRemaining()) {
            remaining.clear();
        }
        bytes += channel.write(remaining);
        if (ending && !remaining.hasRemaining()) {
            key.interestOps(SelectionKey.OP_READ);
            activePeers--;
        }
    }

    /** Makes each peer stop after the frame that it has begun. */
    public void end() {
        ending = true;
    }

    /** Returns whether all peers have stopped. */
    public boolean ended() {
        return activePeers == 0;
    }

    /** Returns the number of frames written. */
    public long frames() {
        return bytes / FRAME;
    }
}
