package io.switchboard.peer;

/** The peers of all nodes that have a name. {@code query} implements it. */
public interface NameHolders {
    /**
     * Returns whether a live peer out of reach has the name, at this node or another. Also true if
     * that is not known, because a node does not answer. Blocks until all nodes have answered or
     * failed to, which takes some seconds at most; never if the reach includes all peers.
     */
    boolean outOfReach(Reach reach, String name);
}
