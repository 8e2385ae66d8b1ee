package io.switchboard.transport;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A listener's address cannot be bound. */
public final class BindFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final IOException cause;
    private final String listener;
    private final String host;
    private final int port;

    /** Null where it is an address of IP. */
    private final transient @Nullable Path path;

    public BindFailure(String listener, String host, int port, IOException cause) {
        super("listener " + listener + " cannot bind " + host + ":" + port + ": " + cause, cause);
        this.cause = cause;
        this.listener = listener;
        this.host = host;
        this.port = port;
        this.path = null;
    }

    public BindFailure(String listener, Path path, IOException cause) {
        super("listener " + listener + " cannot bind " + path + ": " + cause, cause);
        this.cause = cause;
        this.listener = listener;
        this.host = "";
        this.port = 0;
        this.path = path;
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

    @Nullable Path path() {
        return path;
    }
}
