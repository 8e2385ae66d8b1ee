package io.switchboard.http;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.core.annotation.Order;

/**
 * Reports that the port of HTTP is taken or is no port, with its key, before the analyzer of Spring
 * Boot does.
 */
@Order(0)
final class HttpPortAnalyzer extends AbstractFailureAnalyzer<WebServerException> {
    /** The message of the JDK, which ends with the number. */
    private static final String OUT_OF_RANGE = "port out of range:";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, WebServerException failure) {
        if (failure instanceof PortInUseException inUse) {
            int port = inUse.getPort();
            return new FailureAnalysis(
                    "server.port=%d: HTTP cannot use the port: address already in use"
                            .formatted(port),
                    "Stop what listens there (ss -ltnp 'sport = :%d' shows it), or set server.port (SERVER_PORT) to a free port, or to 0 for any."
                            .formatted(port),
                    failure);
        }
        Throwable first = failure;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        String message = String.valueOf(first.getMessage());
        return message.startsWith(OUT_OF_RANGE)
                ? new FailureAnalysis(
                        "server.port is %s: it takes 1 to 65535, or 0 for any free port"
                                .formatted(message.substring(OUT_OF_RANGE.length())),
                        "Set server.port (SERVER_PORT) to the port of HTTP.",
                        failure)
                : null;
    }
}
