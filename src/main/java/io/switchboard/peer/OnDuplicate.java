package io.switchboard.peer;

/** What happens when a peer is given a name that a live one has. */
public enum OnDuplicate {
    /** The old one is closed: most often it is the same device, come again. */
    REPLACE,
    /** The new one is closed, or keeps the name it had. */
    REJECT,
    /** Both have it; a message to the name goes to both. */
    ALLOW_BOTH
}
