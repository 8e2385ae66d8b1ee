package io.switchboard.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** Lines that peers write as fast as the server reads them; ends at the end of a line. */
final class Flood {
    static final int LINE = 64;

    private final ByteBuffer[] rests;
    private long bytes;
    private int writing;
    private boolean over;

    /**
     * @param linesAtOnce how many a peer hands to the kernel in one write
     */
    Flood(int peers, int linesAtOnce) {
        byte[] lines = new byte[linesAtOnce * LINE];
        Arrays.fill(lines, (byte) 'x');
        for (int at = LINE - 1; at < lines.length; at += LINE) {
            lines[at] = '\n';
        }
        rests = new ByteBuffer[peers];
        Arrays.setAll(rests, _ -> ByteBuffer.wrap(lines));
        writing = peers;
    }

    void write(int peer, SocketChannel channel, SelectionKey key) throws IOException {
        ByteBuffer rest = rests[peer];
        if (over) {
            rest.limit((rest.position() + LINE - 1) / LINE * LINE);
        } else if (!rest.hasRemaining()) {
            rest.clear();
        }
        bytes += channel.write(rest);
        if (over && !rest.hasRemaining()) {
            key.interestOps(SelectionKey.OP_READ);
            writing--;
        }
    }

    /** Each peer ends the line it is in. */
    void end() {
        over = true;
    }

    boolean ended() {
        return writing == 0;
    }

    /** What was written, in lines. */
    long lines() {
        return bytes / LINE;
    }
}
