package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The names of keys and channels in Redis. They carry the version of the encoding, so that nodes
 * that cannot understand each other never exchange messages.
 *
 * @param cluster the name of the cluster, which is the prefix of all names
 */
record Keys(String cluster) {
    private static final String VERSION = ":v1:";

    /** Returns the key of a node's lease. */
    byte[] node(String id) {
        return bytes("node:" + id);
    }

    /** Returns the key of the sorted set of node ids, scored by the second of the last renewal. */
    byte[] nodes() {
        return bytes("nodes");
    }

    byte[] requests(String id) {
        return bytes("cmd:" + id);
    }

    byte[] results(String id) {
        return bytes("reply:" + id);
    }

    /** Returns the channel to which every node subscribes. */
    byte[] all() {
        return bytes("all");
    }

    /** Returns the channel to which every node of a release without versioned names subscribes. */
    byte[] allUnversioned() {
        return (cluster + ":all").getBytes(UTF_8);
    }

    private byte[] bytes(String rest) {
        return (cluster + VERSION + rest).getBytes(UTF_8);
    }
}
