package io.switchboard.peer;

/** Says before each read of a peer whether what it will bring can be taken. */
@FunctionalInterface
public interface Intake {

    /**
     * Called on the peer's event loop; never blocks. Whoever says no has {@linkplain
     * PeerSession#pauseReading paused} the peer's reading, and resumes it when there is room again;
     * what a read that was allowed brings is taken in any case.
     */
    boolean takes(PeerSession session);
}
