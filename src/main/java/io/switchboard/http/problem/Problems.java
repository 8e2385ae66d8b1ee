package io.switchboard.http.problem;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.http.access.AccessRefusedException;
import io.switchboard.listener.ListenerFault;
import io.switchboard.query.Rejection.RefusedException;
import io.switchboard.receive.RateLimitedLog;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** The one place that converts exceptions to responses: {@code application/problem+json}. */
@RestControllerAdvice
public final class Problems extends ResponseEntityExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    private final RateLimitedLog faults = new RateLimitedLog(Duration.ofSeconds(1));
    private final RateLimitedLog unfinished = new RateLimitedLog();

    @ExceptionHandler({RuntimeException.class, Error.class})
    ProblemDetail fault(Throwable e, HttpServletRequest request) {
        FatalErrors.check(e);
        faults.log(
                count ->
                        log.error(
                                "{} requests have failed since the last such line; the last one, {} {}:",
                                count,
                                request.getMethod(),
                                request.getRequestURI(),
                                e));
        return new ApiProblem(
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        "internal_error",
                        "this is a fault of the service; its log has the stack trace")
                .getBody();
    }

    @ExceptionHandler
    @Nullable ResponseEntity<Object> refused(RefusedException e, WebRequest request)
            throws Exception {
        return handleException(ApiProblem.of(e.refusal()), request);
    }

    @ExceptionHandler
    @Nullable ResponseEntity<Object> refused(ListenerFault e, WebRequest request) throws Exception {
        return handleException(ApiProblem.of(e), request);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(AccessRefusedException e) {
        String detail = String.valueOf(e.getMessage());
        ProblemDetail body = new ApiProblem(e.status(), e.reason(), detail).getBody();
        return ResponseEntity.status(e.status()).headers(e.headers()).body(body);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleNoResourceFoundException(
            NoResourceFoundException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String path = "/" + e.getResourcePath();
        if (request instanceof ServletWebRequest servlet
                && servlet.getRequest().getRequestURI().endsWith("/")) {
            path += "/"; // which Spring has removed
        }
        HttpHeaders added = HttpHeaders.copyOf(headers);
        String detail = "there is no resource at %s; GET / lists all resources".formatted(path);
        if (path.length() > 1 && path.endsWith("/")) {
            detail =
                    "there is no resource at %s: paths have no slash at the end, use %s; GET / lists all resources"
                            .formatted(path, path.replaceFirst("/+$", ""));
        } else if (path.equals("/health") || path.equals("/metrics")) {
            detail =
                    "there is no resource at %s: health is at /actuator/health, metrics are at /actuator/prometheus"
                            .formatted(path);
        } else if (path.endsWith(".html")) {
            detail =
                    "there is no page at %s: the operator page is at /, and the description of the API at /docs"
                            .formatted(path);
            added.set(HttpHeaders.CONTENT_DISPOSITION, "inline"); // Spring would name a file
        }
        return respond(e, HttpStatus.NOT_FOUND, "not_found", detail, added, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMediaTypeNotAcceptable(
            HttpMediaTypeNotAcceptableException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String served =
                e.getSupportedMediaTypes().stream()
                        .filter(type -> !type.isWildcardSubtype())
                        .map(MediaType::toString)
                        .collect(Collectors.joining(" or "));
        String detail =
                "Accept is '%s', and this resource has only %s: send one of these as Accept, or no Accept header"
                        .formatted(request.getHeader(HttpHeaders.ACCEPT), served);
        HttpStatus notAcceptable = HttpStatus.NOT_ACCEPTABLE;
        return respond(e, notAcceptable, "http_406", detail, headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
            HttpRequestMethodNotSupportedException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String[] allowed = Objects.requireNonNullElse(e.getSupportedMethods(), new String[0]);
        String sorted = Arrays.stream(allowed).sorted().collect(Collectors.joining(", "));
        String detail = e.getMethod() + " is not allowed here; allowed: " + sorted;
        HttpStatus notAllowed = HttpStatus.METHOD_NOT_ALLOWED;
        return respond(e, notAllowed, "method_not_allowed", detail, headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String wanted = e.getRequiredType() == int.class ? "a whole number" : "another value";
        String detail = e.getPropertyName() + "='" + e.getValue() + "': it takes " + wanted;
        return respond(e, HttpStatus.BAD_REQUEST, "bad_request", detail, headers, request);
    }

    /**
     * Adds a reason to the problems that Spring creates, and shortens a long detail. An exception
     * after the beginning of the answer only ends the answer: mostly the client left or does not
     * read. There may be thousands of these, so most of them are only counted.
     */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e,
            @Nullable Object body,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        HttpServletResponse response =
                request instanceof ServletWebRequest servlet ? servlet.getResponse() : null;
        if (response != null && response.isCommitted()) {
            unfinished.log(
                    count ->
                            log.warn(
                                    "{} answers since the last such line were not written to their end; the last one: {}",
                                    count,
                                    e.toString()));
            return null;
        }
        ResponseEntity<Object> answer =
                super.handleExceptionInternal(e, body, headers, status, request);
        if (answer != null
                && answer.getBody() instanceof ProblemDetail problem
                && (problem.getProperties() == null
                        || !problem.getProperties().containsKey("reason"))) {
            problem.setProperty("reason", "http_" + status.value());
            String detail = problem.getDetail();
            problem.setDetail(detail == null ? null : ApiProblem.bounded(detail));
        }
        return answer;
    }

    private @Nullable ResponseEntity<Object> respond(
            Exception e,
            HttpStatus status,
            String reason,
            String detail,
            HttpHeaders headers,
            WebRequest request) {
        ProblemDetail body = new ApiProblem(status, reason, detail).getBody();
        return handleExceptionInternal(e, body, headers, status, request);
    }

    /** Answers errors that the servlet container reports, in the same form as all others. */
    @RestController
    static final class ErrorPage implements ErrorController {

        @RequestMapping("/error")
        ResponseEntity<ProblemDetail> error(HttpServletRequest request) {
            Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
            HttpStatus known = code instanceof Integer number ? HttpStatus.resolve(number) : null;
            HttpStatus status = known == null ? HttpStatus.NOT_FOUND : known;
            Object message = request.getAttribute(RequestDispatcher.ERROR_MESSAGE);
            String detail =
                    message instanceof String text && !text.isBlank()
                            ? text
                            : status.getReasonPhrase();
            return ResponseEntity.status(status)
                    .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                    .body(new ApiProblem(status, "http_" + status.value(), detail).getBody());
        }
    }
}
