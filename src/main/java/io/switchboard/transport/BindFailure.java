package io.switchboard.transport;

import java.io.IOException;

/** A listener's address cannot be bound. */
public final class BindFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final IOException cause;
    private final String listener;
    private final String host;
    private final int port;

    public BindFailure(String listener, String host, int port, IOException cause) {
        super("listener " + listener + " cannot bind " + host + ":" + port + ": " + cause, cause);
        this.cause = cause;
        this.listener = listener;
        this.host = host;
        this.port = port;
    }

    IOException cause() {
        return cause;
    }

    String listener() {
        return listener;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }
}
