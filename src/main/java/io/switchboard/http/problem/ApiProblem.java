package io.switchboard.http.problem;

import io.switchboard.listener.ListenerFault;
import io.switchboard.net.SocketError;
import io.switchboard.query.Rejection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/**
 * An error response: problem details (RFC 9457) with a {@code reason} for programs, and a {@code
 * detail} for people that states the fault, the value that caused it, and the remedy.
 */
public final class ApiProblem extends ErrorResponseException {
    private static final long serialVersionUID = 1;

    /** A longer detail is shortened, because it may quote a request body of 1 MiB. */
    private static final int MAX_BEGINNING = 600;

    private static final int MAX_END = 400;

    private final String reason;
    private transient @Nullable SocketError error;

    public ApiProblem(HttpStatus status, String reason, String detail) {
        super(status, body(status, reason, detail), null);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }

    /** Returns the error of a connection that failed; empty for every other problem. */
    public Optional<SocketError> error() {
        return Optional.ofNullable(error);
    }

    private static ProblemDetail body(HttpStatus status, String reason, String detail) {
        ProblemDetail body = ProblemDetail.forStatusAndDetail(status, bounded(detail));
        body.setProperty("reason", reason);
        return body;
    }

    /** Returns the detail, shortened to its beginning and its end, which states the remedy. */
    static String bounded(String detail) {
        int length = detail.length();
        if (length <= MAX_BEGINNING + MAX_END) {
            return detail;
        }
        int to = MAX_BEGINNING;
        int from = length - MAX_END;
        if (Character.isHighSurrogate(detail.charAt(to - 1))) {
            to--;
        }
        if (Character.isLowSurrogate(detail.charAt(from))) {
            from++;
        }
        return detail.substring(0, to) + "..." + detail.substring(from);
    }

    public static ApiProblem badRequest(String detail) {
        return new ApiProblem(HttpStatus.BAD_REQUEST, "bad_request", detail);
    }

    /** Converts a refusal to its HTTP status, {@code reason} and headers; nothing else does. */
    public static ApiProblem of(Rejection refusal) {
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
                    case OUT_OF_REACH -> of(HttpStatus.FORBIDDEN, "forbidden_reach", refusal);
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
        return problem.withError(refusal.error());
    }

    /** Converts the fault of a listener, with its key and value, to its HTTP status. */
    public static ApiProblem of(ListenerFault fault) {
        HttpStatus status =
                switch (fault.reason()) {
                    case BAD_LISTENER -> HttpStatus.BAD_REQUEST;
                    case UNKNOWN_LISTENER, UNKNOWN_NODE -> HttpStatus.NOT_FOUND;
                    case ADDRESS_UNAVAILABLE,
                            LISTENER_EXISTS,
                            CONFIGURED_LISTENER,
                            NEEDS_NEW_LISTENER,
                            LISTENER_BUSY,
                            TOO_MANY_LISTENERS,
                            NEEDS_SHARED_STORE ->
                            HttpStatus.CONFLICT;
                    case NODE_UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
                };
        ApiProblem problem = new ApiProblem(status, fault.reason().word(), fault.detail());
        if (fault.key() != null) {
            problem.getBody().setProperty("key", fault.key());
        }
        if (fault.value() != null) {
            problem.getBody().setProperty("value", bounded(fault.value()));
        }
        return problem;
    }

    /** Adds the {@code errno} and the {@code code} of a connection that failed. */
    public ApiProblem withError(@Nullable SocketError connectError) {
        error = connectError;
        if (error != null) {
            getBody().setProperty("errno", error.errno());
            getBody().setProperty("code", error.code());
        }
        return this;
    }

    private static ApiProblem of(HttpStatus status, String reason, Rejection refusal) {
        return new ApiProblem(status, reason, refusal.detail());
    }

    private static ApiProblem retry(String reason, Rejection refusal, String seconds) {
        return of(HttpStatus.SERVICE_UNAVAILABLE, reason, refusal)
                .withHeader(HttpHeaders.RETRY_AFTER, seconds);
    }

    public ApiProblem withHeader(String name, String value) {
        getHeaders().set(name, value);
        return this;
    }
}
