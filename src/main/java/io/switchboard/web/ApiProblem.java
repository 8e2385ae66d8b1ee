package io.switchboard.web;

import io.switchboard.peer.SocketError;
import io.switchboard.query.Refusal;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/**
 * An answer that is an error: RFC 9457 problem details with a {@code reason} for programs and a
 * {@code detail} for people that says what was wrong, with which value, and what would be right.
 */
final class ApiProblem extends ErrorResponseException {
    private static final long serialVersionUID = 1;

    /** These limit what a detail may echo of a request, whose body may have a MiB. */
    private static final int LONGEST_BEGINNING = 600;

    private static final int LONGEST_END = 400;

    private final String reason;

    ApiProblem(HttpStatus status, String reason, String detail) {
        super(status, body(status, reason, detail), null);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    private static ProblemDetail body(HttpStatus status, String reason, String detail) {
        ProblemDetail body = ProblemDetail.forStatusAndDetail(status, bounded(detail));
        body.setProperty("reason", reason);
        return body;
    }

    /** The detail; of a long one the beginning and the end, for that says what would be right. */
    static String bounded(String detail) {
        int length = detail.length();
        if (length <= LONGEST_BEGINNING + LONGEST_END) {
            return detail;
        }
        int to = LONGEST_BEGINNING;
        int from = length - LONGEST_END;
        if (Character.isHighSurrogate(detail.charAt(to - 1))) {
            to--;
        }
        if (Character.isLowSurrogate(detail.charAt(from))) {
            from++;
        }
        return detail.substring(0, to) + "..." + detail.substring(from);
    }

    static ApiProblem badRequest(String detail) {
        return new ApiProblem(HttpStatus.BAD_REQUEST, "bad_request", detail);
    }

    /** The one place that turns a refusal into a status, a reason for programs and headers. */
    static ApiProblem of(Refusal refusal) {
        ApiProblem problem =
                switch (refusal.reason()) {
                    case BAD_REQUEST -> of(HttpStatus.BAD_REQUEST, "bad_request", refusal);
                    case BAD_PAYLOAD ->
                            of(HttpStatus.UNPROCESSABLE_CONTENT, "bad_payload", refusal);
                    case TOO_LARGE -> of(HttpStatus.CONTENT_TOO_LARGE, "too_large", refusal);
                    case UNKNOWN_PEER -> of(HttpStatus.NOT_FOUND, "unknown", refusal);
                    case UNKNOWN_NODE -> of(HttpStatus.NOT_FOUND, "unknown_node", refusal);
                    case AMBIGUOUS -> of(HttpStatus.CONFLICT, "ambiguous", refusal);
                    case CLOSED -> of(HttpStatus.GONE, "closed", refusal);
                    case DUPLICATE_NAME -> of(HttpStatus.CONFLICT, "duplicate_name", refusal);
                    case NOT_AVAILABLE -> of(HttpStatus.NOT_IMPLEMENTED, "not_available", refusal);
                    case NOT_ALLOWED -> of(HttpStatus.FORBIDDEN, "not_allowed", refusal);
                    case CONNECT_FAILED -> of(HttpStatus.BAD_GATEWAY, "connect_failed", refusal);
                    case CONNECT_TIMEOUT -> of(HttpStatus.GATEWAY_TIMEOUT, "timeout", refusal);
                    case TOO_MANY_CONNECTIONS -> retry("too_many_connections", refusal, "5");
                    case TOO_MANY_KEPT -> retry("too_many_calls", refusal, "5");
                    case SHUTTING_DOWN ->
                            of(HttpStatus.SERVICE_UNAVAILABLE, "shutting_down", refusal);
                    case OWNER_LOST -> retry("owner_lost", refusal, "1");
                    case NO_ANSWER -> of(HttpStatus.GATEWAY_TIMEOUT, "unknown", refusal);
                    case BUS_UNAVAILABLE -> retry("bus_unavailable", refusal, "1");
                    case NODE_BUSY -> retry("node_busy", refusal, "1");
                    case NODE_FAILED -> of(HttpStatus.BAD_GATEWAY, "node_failed", refusal);
                };
        SocketError error = refusal.error();
        if (error != null) {
            problem.getBody().setProperty("errno", error.errno());
            problem.getBody().setProperty("code", error.code());
        }
        return problem;
    }

    private static ApiProblem of(HttpStatus status, String reason, Refusal refusal) {
        return new ApiProblem(status, reason, refusal.detail());
    }

    private static ApiProblem retry(String reason, Refusal refusal, String seconds) {
        return of(HttpStatus.SERVICE_UNAVAILABLE, reason, refusal)
                .withHeader(HttpHeaders.RETRY_AFTER, seconds);
    }

    ApiProblem withHeader(String name, String value) {
        getHeaders().set(name, value);
        return this;
    }
}
