package io.switchboard.transport.config;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A listener's address cannot be bound. */
public final class BindFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    private final String key;
    private final String value;
    private final String description;
    private final String action;

    public BindFailure(String listener, String host, int port, IOException cause) {
        super("listener " + listener + " cannot bind " + host + ":" + port + ": " + cause, cause);
        String prefix = "switchboard.listeners." + listener;
        key = inUse(cause) ? "port" : "host";
        value = inUse(cause) ? Integer.toString(port) : host;
        description = describe(prefix + ".host=" + host + ", " + prefix + ".port=" + port, cause);
        action = action(prefix, port, cause);
    }

    public BindFailure(String listener, Path path, IOException cause) {
        super("listener " + listener + " cannot bind " + path + ": " + cause, cause);
        String name = "switchboard.listeners." + listener + ".path";
        key = "path";
        value = path.toString();
        description = describe(name + "=" + path, cause);
        action = action(name, path, cause);
    }

    private static boolean inUse(IOException cause) {
        return cause instanceof BindException
                && String.valueOf(cause.getMessage()).contains("in use");
    }

    /** Returns the key of the listener whose value is refused. */
    public String key() {
        return key;
    }

    public String value() {
        return value;
    }

    public String description() {
        return description;
    }

    /** Returns the remedy. */
    public String action() {
        return action;
    }

    /** The message of a JDK exception about a file contains only the name of the file. */
    private static String describe(String asked, IOException cause) {
        String reason =
                cause instanceof FileSystemException file && file.getReason() == null
                        ? file.getClass().getSimpleName() + ": " + file.getMessage()
                        : String.valueOf(cause.getMessage());
        return asked + ": the address cannot be bound: " + reason;
    }

    private static String action(String key, int port, IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (inUse(cause)) {
            return "Stop what listens there (ss -ltunp 'sport = :%s' shows it), or set %s.port to a free port, or to 0 for any."
                    .formatted(port, key);
        }
        if (cause instanceof SocketException
                && port < FIRST_UNPRIVILEGED_PORT
                && message.contains("ermission")) {
            return "Ports below 1024 need a privilege: set %s.port to a higher one.".formatted(key);
        }
        return "Set %s.host to an address of this machine (ip address shows them), or to 0.0.0.0 for all of them."
                .formatted(key);
    }

    private static String action(String key, Path path, IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("in use")) {
            return "Stop what listens there (ss -lxp src %s shows it), or set %s to another path."
                    .formatted(path, key);
        }
        if (message.contains("too long")) {
            return "Set %s to one of at most 107 bytes (unix(7)).".formatted(key);
        }
        return "Set %s to a name in a directory that this user may write to, and that is no file yet."
                .formatted(key);
    }

    /** Reports the key of the address that cannot be bound, and the remedy. */
    static final class Analyzer extends AbstractFailureAnalyzer<BindFailure> {
        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, BindFailure failure) {
            return new FailureAnalysis(failure.description, failure.action, failure);
        }
    }
}
