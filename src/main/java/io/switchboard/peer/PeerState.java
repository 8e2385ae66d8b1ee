package io.switchboard.peer;

/** Where a session is in its life; {@link PeerSession} has the diagram. */
public enum PeerState {
    OPEN("open"),
    DRAINING("draining"),
    CLOSED("closed");

    private final String word;

    PeerState(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
