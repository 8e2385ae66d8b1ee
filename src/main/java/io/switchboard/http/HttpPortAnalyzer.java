package io.switchboard.http;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.annotation.Order;

/**
 * Reports that the port of HTTP is taken, with its key, before the analyzer of Spring Boot does.
 */
@Order(0)
final class HttpPortAnalyzer extends AbstractFailureAnalyzer<PortInUseException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, PortInUseException failure) {
        int port = failure.getPort();
        return new FailureAnalysis(
                "server.port=%d: HTTP cannot use the port: address already in use".formatted(port),
                "Stop what listens there (ss -ltnp 'sport = :%d' shows it), or set server.port (SERVER_PORT) to a free port, or to 0 for any."
                        .formatted(port),
                failure);
    }
}
