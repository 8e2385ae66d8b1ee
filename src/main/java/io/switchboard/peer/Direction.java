package io.switchboard.peer;

/** Who connected to whom. */
public enum Direction {
    /** The peer to us. */
    INBOUND("inbound"),
    /** We to the peer. */
    OUTBOUND("outbound");

    private final String word;

    Direction(String word) {
        this.word = word;
    }

    /** The word for it in the API. */
    public String word() {
        return word;
    }
}
