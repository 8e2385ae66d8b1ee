package io.switchboard.http.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Objects;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Answers requests that access control refuses with problem details (RFC 9457), and counts them by
 * reason. Requests that the HttpFirewall rejects are malformed, and are not counted.
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
     * Answers a request without authentication. The answer is the given exception if a filter
     * refused the request itself, otherwise the exception that {@link AccessFilter} stored in the
     * request.
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

    /** Answers a request whose client may not send it. */
    @Override
    public void handle(
            HttpServletRequest request, HttpServletResponse response, AccessDeniedException e) {
        AccessRefusedException refused =
                e instanceof AuthorizationDeniedException denied
                                && denied.getAuthorizationResult()
                                        instanceof AccessPolicy.Denied(String reason, String detail)
                        ? AccessRefusedException.forbidden(reason, detail)
                        : AccessRefusedException.forbidden("forbidden_role", "access is denied");
        refuse(request, response, refused);
    }

    @Override
    public void handle(
            HttpServletRequest request, HttpServletResponse response, RequestRejectedException e) {
        String detail = "the URL is malformed: " + e.getMessage();
        AccessRefusedException refused =
                new AccessRefusedException(HttpStatus.BAD_REQUEST, "bad_request", detail);
        problems.resolveException(request, response, null, refused);
    }

    private void refuse(
            HttpServletRequest request, HttpServletResponse response, AccessRefusedException e) {
        Counter.builder("switchboard.refused.requests")
                .baseUnit("requests")
                .description("HTTP requests that access control refused")
                .tag("reason", e.reason())
                .register(meters)
                .increment();
        problems.resolveException(request, response, null, e);
    }
}
