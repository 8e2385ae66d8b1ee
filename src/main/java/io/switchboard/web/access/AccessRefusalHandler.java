package io.switchboard.web.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Objects;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Answers requests that are not let in with a problem, and counts them by reason. Requests that the
 * HttpFirewall rejects are malformed; they are not counted.
 */
@Component
final class AccessRefusalHandler
        implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {
    private final MeterRegistry meters;
    private final HandlerExceptionResolver problems;

    AccessRefusalHandler(
            MeterRegistry meters,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        this.meters = meters;
        this.problems = problems;
    }

    /**
     * Answers a request without authentication: with the given exception if a filter refused the
     * request itself, otherwise with the one that {@link AccessFilter} stored in the request.
     */
    @Override
    public void commence(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException e) {
        Object refused =
                e instanceof AccessRefusedException
                        ? e
                        : request.getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION);
        refuse(request, response, (AccessRefusedException) Objects.requireNonNull(refused));
    }

    /** Answers a request whose role is not sufficient for its method. */
    @Override
    public void handle(
            HttpServletRequest request, HttpServletResponse response, AccessDeniedException e) {
        String detail =
                request.getMethod()
                        + " needs the role send: this is the read token, for GET and HEAD";
        refuse(request, response, AccessRefusedException.forbidden("forbidden_role", detail));
    }

    @Override
    public void handle(
            HttpServletRequest request, HttpServletResponse response, RequestRejectedException e) {
        String detail = "the URL is not taken as it is spelled: " + e.getMessage();
        AccessRefusedException refused =
                new AccessRefusedException(HttpStatus.BAD_REQUEST, "bad_request", detail);
        problems.resolveException(request, response, null, refused);
    }

    private void refuse(
            HttpServletRequest request, HttpServletResponse response, AccessRefusedException e) {
        Counter.builder("switchboard.refused.requests")
                .baseUnit("requests")
                .description("HTTP requests that were not let in")
                .tag("reason", e.reason())
                .register(meters)
                .increment();
        problems.resolveException(request, response, null, e);
    }
}
