package io.switchboard.http.problem;

import io.switchboard.fatal.FatalErrors;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** A servlet beside Spring's DispatcherServlet; {@link Problems} answers its exceptions too. */
public abstract class ProblemServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient HandlerExceptionResolver problems;
    private final transient List<String> methods;

    /**
     * @param methods the methods that {@link #handle} can answer
     */
    public ProblemServlet(HandlerExceptionResolver problems, List<String> methods) {
        this.problems = problems;
        this.methods = methods;
    }

    /** Answers a request, or throws an exception that describes the fault of the request. */
    protected abstract void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            if (request.getMethod().equals("OPTIONS")) {
                response.setHeader(HttpHeaders.ALLOW, String.join(",", methods) + ",OPTIONS");
                return;
            }
            if (!methods.contains(request.getMethod())) {
                throw new HttpRequestMethodNotSupportedException(request.getMethod(), methods);
            }
            handle(request, response);
        } catch (ServletException | RuntimeException | Error e) {
            FatalErrors.check(e);
            Exception problem =
                    e instanceof Exception exception ? exception : new ServletException(e);
            if (problems.resolveException(request, response, null, problem) == null) {
                throw e;
            }
        }
    }
}
