package io.switchboard.peer;

/** Decides which names are in reach of a caller, whether or not a peer has them. */
@FunctionalInterface
public interface NameReach {

    /**
     * Returns whether the name is in reach. The decision depends on the configuration only, never
     * on peers, so that it shows nothing of them.
     */
    boolean includes(Reach reach, String name);
}
