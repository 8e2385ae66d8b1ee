package io.switchboard.http.problem;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.access.SecurityHeadersFilter;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Answers requests that Tomcat refuses before Spring sees them (a malformed request line, headers
 * that are too long) in the same form as all other errors.
 *
 * <p>If Tomcat stops between the request line and the headers of a request, it does not read the
 * headers, misses the Host and refuses the request with 400. The client made no error, so the
 * status becomes 503: it can send the request again.
 */
public final class ProblemValve extends ErrorReportValve {
    private static final String STOPPING =
            "the service is being stopped and did not read this request: send it again";
    private static final String MALFORMED =
            "the request line or a header is malformed (characters such as | { } \\\" and"
                    + " spaces in a URL must be percent-encoded), or together they exceed 6 KiB";

    private final BooleanSupplier stopping;

    /**
     * @param stopping whether the service refuses new requests because it is being stopped
     */
    public ProblemValve(BooleanSupplier stopping) {
        this.stopping = stopping;
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        boolean unread =
                response.getStatus() == HttpStatus.BAD_REQUEST.value()
                        && request.getHeader(HttpHeaders.HOST) == null
                        && stopping.getAsBoolean();
        if (unread) {
            response.setStatus(HttpStatus.SERVICE_UNAVAILABLE.value());
        }
        HttpStatus status = HttpStatus.resolve(response.getStatus());
        if (status == null
                || !status.isError()
                || response.getContentWritten() > 0
                || !response.setErrorReported()) {
            return;
        }
        String detail = status.getReasonPhrase();
        if (unread) {
            detail = STOPPING;
        } else if (status == HttpStatus.BAD_REQUEST) {
            detail = MALFORMED;
        }
        String body =
                """
                {"type":"about:blank","title":"%s","status":%d,"detail":"%s","reason":"http_%d"}
                """
                        .formatted(
                                status.getReasonPhrase(), status.value(), detail, status.value());
        try {
            SecurityHeadersFilter.set(response);
            response.setContentType("application/problem+json");
            response.setCharacterEncoding(UTF_8);
            response.getReporter().write(body);
            response.finishResponse();
        } catch (IOException e) {
            container.getLogger().debug("the client left before its error was written", e);
        }
    }
}
