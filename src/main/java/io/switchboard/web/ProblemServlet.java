package io.switchboard.web;

import io.switchboard.web.access.Access;
import io.switchboard.web.access.Verdict;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * A servlet beside Spring's, whose errors still become HTTP in {@link Problems}, and which lets in
 * whom {@link Access} lets in.
 */
abstract class ProblemServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** A part of answering a request. */
    protected interface Work {
        void run() throws ServletException, IOException;
    }

    private final transient Access access;
    private final transient HandlerExceptionResolver problems;

    ProblemServlet(Access access, HandlerExceptionResolver problems) {
        this.access = access;
        this.problems = problems;
    }

    /** Answers a request that is let in, or says by an exception what is wrong with it. */
    protected abstract void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        run(
                () -> {
                    Verdict.Refused refused = access.refusal(request);
                    if (refused != null) {
                        throw ApiProblem.refused(refused);
                    }
                    handle(request, response);
                },
                request,
                response);
    }

    private void run(Work work, HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            work.run();
        } catch (ServletException | RuntimeException | Error e) {
            Exception problem =
                    e instanceof Exception exception ? exception : new ServletException(e);
            if (problems.resolveException(request, response, null, problem) == null) {
                throw e;
            }
        }
    }
}
