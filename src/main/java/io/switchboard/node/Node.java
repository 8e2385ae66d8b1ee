package io.switchboard.node;

import org.jspecify.annotations.Nullable;

/**
 * One node, as it said of itself a second ago.
 *
 * @param id its boot: what the ids of its peers begin with; another one after each start
 * @param name for people, and not always the only one of it; null where there is no cluster
 * @param host the machine's name
 * @param version of Switchboard; null in a build that has none
 * @param peers how many are connected to it
 * @param draining whether it takes leave of them
 */
public record Node(
        String id,
        @Nullable String name,
        String host,
        @Nullable String version,
        int peers,
        boolean draining) {

    /** Its name for people; its id where it has none. */
    public String label() {
        return name == null ? id : name;
    }
}
