package io.switchboard.http.audit;

import io.switchboard.delivery.Target;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * A filter of both security chains that logs an {@link AuditLine} for each request that changes
 * something or was refused to. It is inside of the filter that clears the security context, and
 * outside of the filters that refuse requests.
 *
 * <p>What only others know is in attributes of the request: {@link #targets} and {@link #delivery}
 * set them, and {@link Reasons} finds the reason in the problem that is the response. A batch calls
 * {@link #line} for each of its messages instead.
 */
public final class Audit implements Filter {
    private static final String TARGETS = Audit.class.getName() + ".targets";
    private static final String DELIVERIES = Audit.class.getName() + ".deliveries";
    private static final String REASON = Audit.class.getName() + ".reason";
    private static final String BATCH = Audit.class.getName() + ".batch";

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    /** The paths whose POST changes nothing. */
    private static final Set<String> NO_CHANGE = Set.of("/framings/try");

    /** A body whose targets are not in the path. */
    public interface Audited {
        /** Returns the targets as the request names them. */
        List<String> auditTargets();
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        if (!AuditLine.enabled() || READING.contains(http.getMethod())) {
            chain.doFilter(request, response);
            return;
        }
        boolean answered = false;
        try {
            chain.doFilter(request, response);
            answered = true;
        } finally {
            int status =
                    answered
                            ? ((HttpServletResponse) response).getStatus()
                            : HttpStatus.INTERNAL_SERVER_ERROR.value();
            if (http.getAttribute(BATCH) == null || status >= HttpStatus.BAD_REQUEST.value()) {
                log(http, status);
            }
        }
    }

    private static void log(HttpServletRequest request, int status) {
        Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        String path = pattern == null ? request.getServletPath() : pattern.toString();
        if (NO_CHANGE.contains(path)) {
            return;
        }
        Object reason = request.getAttribute(REASON);
        line(
                request,
                request.getMethod() + " " + path,
                allTargets(request),
                status,
                reason == null ? null : reason.toString(),
                strings(request.getAttribute(DELIVERIES)));
    }

    private static void line(
            HttpServletRequest request,
            String what,
            List<String> targets,
            int status,
            @Nullable String reason,
            List<String> deliveries) {
        Authentication client = SecurityContextHolder.getContext().getAuthentication();
        new AuditLine(
                        client == null ? AuditLine.ANONYMOUS : client.getName(),
                        request.getRemoteAddr(),
                        what,
                        targets,
                        status,
                        reason,
                        deliveries)
                .write();
    }

    /** Returns the targets of the body, or the variable parts of the path. */
    private static List<String> allTargets(HttpServletRequest request) {
        List<String> targets = strings(request.getAttribute(TARGETS));
        return targets.isEmpty()
                        && request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE)
                                instanceof Map<?, ?> variables
                ? strings(variables.values())
                : targets;
    }

    private static List<String> strings(@Nullable Object values) {
        return values instanceof Collection<?> all
                ? all.stream()
                        .map(each -> each instanceof Target to ? to.text() : String.valueOf(each))
                        .toList()
                : List.of();
    }

    /** Notes the targets of a body, if it has any. */
    public static void body(HttpServletRequest request, @Nullable Object body) {
        if (body instanceof Audited audited && AuditLine.enabled()) {
            request.setAttribute(TARGETS, audited.auditTargets());
        }
    }

    /** Notes the targets. */
    public static void targets(HttpServletRequest request, Collection<Target> targets) {
        if (AuditLine.enabled()) {
            request.setAttribute(TARGETS, targets);
        }
    }

    /** Notes the ids of the messages. */
    public static void delivery(HttpServletRequest request, Collection<String> ids) {
        if (AuditLine.enabled()) {
            request.setAttribute(DELIVERIES, ids);
        }
    }

    /** Logs the line of one message of a batch, so that the request itself has none. */
    public static void line(
            HttpServletRequest request,
            Collection<Target> targets,
            int status,
            @Nullable String reason,
            Collection<String> ids) {
        if (AuditLine.enabled()) {
            request.setAttribute(BATCH, true);
            line(
                    request,
                    request.getMethod() + " " + request.getServletPath(),
                    strings(targets),
                    status,
                    reason,
                    List.copyOf(ids));
        }
    }

    /**
     * Logs the line of a send that a bridge has taken from its broker.
     *
     * @param record the id of the record, which takes the place of an address
     */
    public static void bridge(
            String bridge,
            String record,
            Collection<Target> targets,
            int status,
            @Nullable String reason,
            Collection<String> ids) {
        if (AuditLine.enabled()) {
            new AuditLine(
                            "bridge:" + bridge,
                            record,
                            "POST /send",
                            strings(targets),
                            status,
                            reason,
                            List.copyOf(ids))
                    .write();
        }
    }

    /** Notes the reason of each problem that is a response. */
    @ControllerAdvice
    static final class Reasons implements ResponseBodyAdvice<Object> {
        @Override
        public boolean supports(
                MethodParameter returnType,
                Class<? extends HttpMessageConverter<?>> converterType) {
            return AuditLine.enabled();
        }

        @Override
        public @Nullable Object beforeBodyWrite(
                @Nullable Object body,
                MethodParameter returnType,
                MediaType contentType,
                Class<? extends HttpMessageConverter<?>> converterType,
                ServerHttpRequest request,
                ServerHttpResponse response) {
            if (body instanceof ProblemDetail problem
                    && problem.getProperties() != null
                    && request instanceof ServletServerHttpRequest servlet) {
                servlet.getServletRequest()
                        .setAttribute(REASON, problem.getProperties().get("reason"));
            }
            return body;
        }
    }
}
