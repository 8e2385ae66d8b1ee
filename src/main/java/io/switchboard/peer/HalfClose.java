package io.switchboard.peer;

import java.util.Locale;

/** What happens when a peer has ended its output (FIN, or close_notify of TLS) and still reads. */
public enum HalfClose {
    /** The peer gets the answers to what it sent, and is then closed. */
    ANSWER,
    /** The peer stays and can be sent to, for a limited time. */
    OPEN,
    /** The peer is closed at once. */
    CLOSE;

    /** Returns the value of the key {@code half-close} that names this behaviour. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
