package io.switchboard.http.access;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.AuthenticationException;

/**
 * Thrown if access control refuses a request. It has no stack trace, because any client can cause
 * it at any rate.
 */
public final class AccessRefusedException extends AuthenticationException {
    private static final long serialVersionUID = 1;

    private final HttpStatus status;
    private final String reason;
    private final HttpHeaders headers = new HttpHeaders();

    /**
     * @param reason the {@code reason} of the error in the API, and the tag of the meter
     * @param detail the fault and the remedy
     */
    AccessRefusedException(HttpStatus status, String reason, String detail) {
        super(detail);
        this.status = status;
        this.reason = reason;
    }

    static AccessRefusedException forbidden(String reason, String detail) {
        return new AccessRefusedException(HttpStatus.FORBIDDEN, reason, detail);
    }

    /** Adds a header of the response, such as WWW-Authenticate, and returns this exception. */
    AccessRefusedException with(String header, String value) {
        headers.set(header, value);
        return this;
    }

    public HttpStatus status() {
        return status;
    }

    public String reason() {
        return reason;
    }

    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
