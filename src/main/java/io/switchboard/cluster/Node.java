package io.switchboard.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A node, as it last described itself. The description of another node is about a second old.
 *
 * @param id the boot id, which begins the ids of its peers and changes at each start
 * @param name the configured name or the host name, not necessarily unique; null outside a cluster
 * @param host the name of the machine
 * @param version the release of Switchboard; null in a build without one
 * @param peers the number of connected peers
 * @param draining whether the node is closing its peers because it stops
 */
public record Node(
        String id,
        @Nullable String name,
        String host,
        @Nullable String version,
        int peers,
        boolean draining) {

    /** Returns the name, or the id if the node has no name. */
    public String label() {
        return name == null ? id : name;
    }
}
