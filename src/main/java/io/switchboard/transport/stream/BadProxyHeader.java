package io.switchboard.transport.stream;

import java.io.IOException;

/** What came first is no PROXY header that can be used. */
final class BadProxyHeader extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean begun;

    /**
     * @param begun whether it began as one
     */
    BadProxyHeader(boolean begun, String message) {
        super(message);
        this.begun = begun;
    }

    /** Whether it began as one: else the sender does not know that one is expected. */
    boolean begun() {
        return begun;
    }
}
