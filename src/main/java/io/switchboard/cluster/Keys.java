package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * How keys and channels are called in Redis.
 *
 * @param cluster what all of them begin with
 */
record Keys(String cluster) {

    /** A node's lease. */
    byte[] node(String id) {
        return bytes("node:" + id);
    }

    /** The ids of all nodes, by the time in seconds at which their leases were last renewed. */
    byte[] nodes() {
        return bytes("nodes");
    }

    /** What is asked of one node. */
    byte[] commands(String id) {
        return bytes("cmd:" + id);
    }

    /** What it is answered. */
    byte[] replies(String id) {
        return bytes("reply:" + id);
    }

    /** What every node hears. */
    byte[] all() {
        return bytes("all");
    }

    private byte[] bytes(String rest) {
        return (cluster + ":" + rest).getBytes(UTF_8);
    }
}
