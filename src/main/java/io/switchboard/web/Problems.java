package io.switchboard.web;

import io.switchboard.query.Refusal.RefusedException;
import io.switchboard.web.access.AccessRefusedException;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
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
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** The one place where exceptions become HTTP: every error is {@code application/problem+json}. */
@RestControllerAdvice
final class Problems extends ResponseEntityExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    @ExceptionHandler({RuntimeException.class, Error.class})
    ProblemDetail fault(Throwable e, HttpServletRequest request) {
        log.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
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
        String detail =
                "there is nothing at /%s; GET / lists what there is".formatted(e.getResourcePath());
        return respond(e, HttpStatus.NOT_FOUND, "not_found", detail, headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
            HttpRequestMethodNotSupportedException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String[] allowed = Objects.requireNonNullElse(e.getSupportedMethods(), new String[0]);
        String detail = e.getMethod() + " is not taken here: " + String.join(", ", allowed);
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

    /** Spring's own problems get a reason too, and a detail of the same length at most. */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e,
            @Nullable Object body,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
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

    /** Errors that the servlet container reports, in the same form as all others. */
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
