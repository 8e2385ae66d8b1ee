package io.switchboard.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports for programs that cannot report a port of the kernel's choice, or need the same
 * again.
 *
 * <p>A port is used only after it was found, so two finders must not find the same one in between.
 * The ports are divided into blocks. A JVM that listens on the first port of a block owns the
 * block, finds each of its other ports once, and then goes on to another block.
 *
 * <p>The lock of the class guards its fields.
 */
public final class FreePort {
    /** Below Linux's ephemeral ports (from 32,768), so no client socket gets one of these. */
    private static final int FIRST = 20_000;

    private static final int BLOCKS = 120;

    /** Ports in a block. */
    private static final int BLOCK = 100;

    /** Listens on the first port of the block that this JVM owns; never closed. */
    private static ServerSocket owned = own(ThreadLocalRandom.current().nextInt(BLOCKS));

    private static int last = owned.getLocalPort();

    private FreePort() {}

    /** Returns a port of 127.0.0.1 on which no socket listens, and which nobody found before. */
    public static synchronized int find() {
        do {
            last++;
            if (blockOf(last) != blockOf(owned.getLocalPort())) {
                owned = own(blockOf(last));
                last = owned.getLocalPort() + 1;
            }
        } while (!isFree(last));
        return last;
    }

    private static int blockOf(int port) {
        return (port - FIRST) / BLOCK;
    }

    /** Owns the first block from this one on that no JVM owns. */
    private static ServerSocket own(int block) {
        for (int i = 0; i < BLOCKS; i++) {
            int port = FIRST + (block + i) % BLOCKS * BLOCK;
            try {
                return listen(port);
            } catch (IOException e) {
                // another JVM owns this block
            }
        }
        throw new IllegalStateException("all blocks of ports are owned");
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = listen(port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }
}
