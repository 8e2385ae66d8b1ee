package io.switchboard.web;

import io.switchboard.web.access.Access;
import io.switchboard.web.access.Verdict;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * A servlet beside Spring's, whose errors still become HTTP in {@link Problems}, and which lets in
 * whom {@link Access} lets in.
 */
abstract class ProblemServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final Logger log = LoggerFactory.getLogger(ProblemServlet.class);

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

    /** Has the rest of a request done by another thread; what it throws becomes HTTP as well. */
    protected final void runOn(
            Executor threads, Work rest, HttpServletRequest request, HttpServletResponse response) {
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0); // never: the rest has its own
        threads.execute(
                () -> {
                    try {
                        run(rest, request, response);
                    } catch (IOException e) {
                        log.debug("the client of {} is gone", request.getRequestURI(), e);
                    } catch (ServletException | RuntimeException | Error e) {
                        log.error("{} broke off", request.getRequestURI(), e);
                        response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
                    } finally {
                        async.complete();
                    }
                });
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
