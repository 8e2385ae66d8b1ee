package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * Requests that Tomcat refuses before Spring sees them (a bad request line, headers that are too
 * long), in the same form as all other errors.
 */
public final class ProblemValve extends ErrorReportValve {

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        HttpStatus status = HttpStatus.resolve(response.getStatus());
        if (status == null
                || !status.isError()
                || response.getContentWritten() > 0
                || !response.setErrorReported()) {
            return;
        }
        String detail =
                status == HttpStatus.BAD_REQUEST
                        ? "the request line or a header is malformed (characters such as | { } \\\" and"
                                + " spaces in a URL must be percent-encoded), or all of them have"
                                + " more than 8 KiB"
                        : status.getReasonPhrase();
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
