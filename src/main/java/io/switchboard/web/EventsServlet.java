package io.switchboard.web;

import io.switchboard.events.EventProperties;
import io.switchboard.events.EventService;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventStreamSource;
import io.switchboard.peer.OutboxProperties;
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
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * {@code GET /events}: the events of peers, as they happen.
 *
 * <p>This is a servlet beside Spring's because it writes without blocking: a client that does not
 * read is noticed and disconnected.
 */
@Component
final class EventsServlet extends ProblemServlet {
    static final String PATH = "/events";

    private static final long serialVersionUID = 1;
    private static final String RETRY_AFTER_SECONDS = "5";

    private final transient EventQuery query;
    private final transient EventService service;
    private final transient OutboxProperties limits;
    private final transient EventProperties events;

    EventsServlet(
            EventQuery query,
            EventService service,
            OutboxProperties limits,
            EventProperties events,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems);
        this.query = query;
        this.service = service;
        this.limits = limits;
        this.events = events;
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
        if (!head && !request.getMethod().equals("GET")) {
            throw new HttpRequestMethodNotSupportedException(
                    request.getMethod(), List.of("GET", "HEAD"));
        }
        EventService.Request subscription = query.read(request);
        if (head) {
            setHeaders(response);
            return;
        }
        EventStreamSource source = service.subscribe(subscription).orElseThrow(EventsServlet::full);
        setHeaders(response);
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0); // never
        SseWriter writer = new SseWriter(source, limits.writeDeadline(), events.heartbeat(), async);
        async.addListener(writer);
        response.getOutputStream().setWriteListener(writer);
    }

    private static void setHeaders(HttpServletResponse response) {
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // nginx would keep events back
    }

    private static ApiProblem full() {
        return new ApiProblem(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "too_many_subscribers",
                        EventStream.MOST_SUBSCRIBERS
                                + " subscribers read events already; try again when one has left")
                .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }

    /**
     * Closes the connection of a client that does not read, at once.
     *
     * <p>Completing such a request would make Tomcat wait until the client has read everything, for
     * up to a minute. If instead a servlet fails after the response has begun, Tomcat writes what
     * the connection accepts and closes it, and while there is a write listener, no write waits.
     *
     * @throws ClientAbortException always; the one exception that Tomcat does not log
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
