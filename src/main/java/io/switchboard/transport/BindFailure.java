package io.switchboard.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

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

    /** Says which key holds the address that cannot be bound, and what to do about it. */
    static final class Analyzer extends AbstractFailureAnalyzer<BindFailure> {
        private static final int FIRST_UNPRIVILEGED_PORT = 1024;

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, BindFailure failure) {
            IOException cause = failure.cause;
            String key = "switchboard.listeners." + failure.listener;
            Path path = failure.path;
            String asked =
                    path == null
                            ? key + ".host=" + failure.host + ", " + key + ".port=" + failure.port
                            : key + ".path=" + path;
            return new FailureAnalysis(
                    asked + ": the address cannot be bound: " + reason(cause),
                    path == null ? action(key, failure, cause) : action(key, path, cause),
                    failure);
        }

        /** The JDK's exceptions of files say only which file. */
        private static String reason(IOException cause) {
            return cause instanceof FileSystemException file && file.getReason() == null
                    ? file.getClass().getSimpleName() + ": " + file.getMessage()
                    : String.valueOf(cause.getMessage());
        }

        private static String action(String key, Path path, IOException cause) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("in use")) {
                return "Stop what listens there (ss -lxp src %s shows it), or set %s.path to another path."
                        .formatted(path, key);
            }
            if (message.contains("too long")) {
                return "Set %s.path to one of at most 107 bytes (unix(7)).".formatted(key);
            }
            return "Set %s.path to a name in a directory that this user may write to, and that is no file yet."
                    .formatted(key);
        }

        private static String action(String key, BindFailure failure, IOException cause) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof BindException && message.contains("in use")) {
                return "Stop what listens there (ss -ltunp 'sport = :%d' shows it), or set %s.port to a free port, or to 0 for any."
                        .formatted(failure.port, key);
            }
            if (cause instanceof SocketException
                    && failure.port < FIRST_UNPRIVILEGED_PORT
                    && message.contains("ermission")) {
                return "Ports below 1024 need a privilege: set %s.port to a higher one."
                        .formatted(key);
            }
            return "Set %s.host to an address of this machine (ip address shows them), or to 0.0.0.0 for all of them."
                    .formatted(key);
        }
    }
}
