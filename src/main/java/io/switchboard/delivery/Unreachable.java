package io.switchboard.delivery;

/** An address that nothing can be sent to, as it was given; nothing was sent. */
public final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Reason {
        /** The listener named is none of UDP. */
        NO_UDP_LISTENER("no_udp_listener"),
        /** No listener may send there. */
        NOT_ALLOWED("not_allowed"),
        /** More than one listener may. */
        AMBIGUOUS("ambiguous"),
        /** The listener has as many peers as it takes, or takes none any more. */
        FULL("too_many_peers");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    private final Reason reason;

    Unreachable(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
