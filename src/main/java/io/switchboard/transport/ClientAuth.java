package io.switchboard.transport;

/** Whether a TLS listener asks its peers for certificates. */
public enum ClientAuth {
    NONE,
    /** It asks; a peer without one is served all the same, one with a wrong one is not. */
    WANT,
    /** It asks, and serves nobody without. */
    NEED
}
