package io.switchboard;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for programs that cannot choose one and say which, or must come back on the same. */
public final class FreePort {
    /**
     * Linux chooses ports from 32,768 on by itself: a crowd's own sockets never have one of these.
     */
    private static final int FIRST = 20_000;

    private static final int LAST = 32_000;

    private FreePort() {}

    /** One of 127.0.0.1 on which nothing listens. */
    public static int find() {
        return await("a free port")
                .until(() -> ThreadLocalRandom.current().nextInt(FIRST, LAST), FreePort::isFree);
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
