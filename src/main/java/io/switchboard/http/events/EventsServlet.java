package io.switchboard.http.events;

import io.switchboard.events.EventBudget;
import io.switchboard.events.EventProperties;
import io.switchboard.events.EventService;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventStreamSource;
import io.switchboard.http.access.Client;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.problem.ProblemServlet;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.apache.catalina.connector.ClientAbortException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * {@code GET /events}: streams the events of peers as they happen.
 *
 * <p>This is a servlet of its own, not a Spring MVC controller, because it writes without blocking,
 * so that it detects and disconnects a client that does not read.
 */
@Component
public final class EventsServlet extends ProblemServlet {
    public static final String PATH = "/events";

    private static final long serialVersionUID = 1;
    private static final String RETRY_AFTER_SECONDS = "5";

    private final transient EventQuery query;
    private final transient EventService service;
    private final transient EventProperties properties;
    private final transient EventBudget budget;
    private final transient Turns turns = new Turns();

    EventsServlet(
            EventQuery query,
            EventService service,
            EventProperties properties,
            EventBudget budget,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems, List.of("GET", "HEAD"));
        this.query = query;
        this.service = service;
        this.properties = properties;
        this.budget = budget;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (request.getDispatcherType() == DispatcherType.ASYNC) {
            abort(request, response);
        } else {
            super.service(request, response);
        }
    }

    @Override
    protected void handle(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        boolean head = request.getMethod().equals("HEAD");
        EventService.Request subscription = query.parse(request, Client.current().reach());
        if (head) {
            setHeaders(response);
            return;
        }
        EventStreamSource source = service.subscribe(subscription).orElseThrow(EventsServlet::full);
        setHeaders(response);
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0); // never
        SseWriter writer = new SseWriter(source, properties, budget, turns, async);
        async.addListener(writer);
        response.getOutputStream().setWriteListener(writer);
    }

    private static void setHeaders(HttpServletResponse response) {
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // otherwise nginx buffers the events
    }

    private static ApiProblem full() {
        return new ApiProblem(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "too_many_subscribers",
                        EventStream.MAX_SUBSCRIBERS
                                + " subscribers read events already; try again when one has left")
                .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }

    /**
     * Closes the connection of a client that does not read, at once.
     *
     * <p>If the request were completed, Tomcat would wait until the client has read everything, for
     * up to a minute. If a servlet fails after the response has begun, Tomcat writes the bytes that
     * the connection accepts and closes it. While there is a write listener, no write blocks.
     *
     * @throws ClientAbortException always, because it is the one exception that Tomcat does not log
     */
    private static void abort(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        request.startAsync();
        response.getOutputStream()
                .setWriteListener(
                        new WriteListener() {
                            @Override
                            public void onWritePossible() {}

                            @Override
                            public void onError(Throwable cause) {}
                        });
        throw new ClientAbortException(new IOException("the client does not read"));
    }
}
