package io.switchboard.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** A servlet beside Spring's, whose exceptions become HTTP in {@link Problems} as well. */
abstract class ProblemServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient HandlerExceptionResolver problems;

    ProblemServlet(HandlerExceptionResolver problems) {
        this.problems = problems;
    }

    /** Answers a request, or throws an exception that describes the fault in it. */
    protected abstract void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            handle(request, response);
        } catch (ServletException | RuntimeException | Error e) {
            Exception problem =
                    e instanceof Exception exception ? exception : new ServletException(e);
            if (problems.resolveException(request, response, null, problem) == null) {
                throw e;
            }
        }
    }
}
