package io.switchboard.web;

import io.switchboard.inbound.EventProperties;
import io.switchboard.inbound.EventStream;
import io.switchboard.peer.OutboxProperties;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * {@code GET /events}: what happens to peers, as it happens.
 *
 * <p>A servlet beside Spring's: it answers without blocking, so that a client that does not read
 * can be seen and dropped.
 */
@Component
final class EventsController extends ProblemServlet {
    static final String PATH = "/events";

    private static final long serialVersionUID = 1;
    private static final String RETRY_AFTER_SECONDS = "5";

    private final transient EventQuery query;
    private final transient EventSupplies supplies;
    private final transient OutboxProperties limits;
    private final transient EventProperties events;

    EventsController(
            EventQuery query,
            EventSupplies supplies,
            OutboxProperties limits,
            EventProperties events,
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        super(problems);
        this.query = query;
        this.supplies = supplies;
        this.limits = limits;
        this.events = events;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (request.getDispatcherType() == DispatcherType.ASYNC) {
            EventFeed.abort(request, response);
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
        EventQuery.Asked asked = query.read(request);
        if (head) {
            setHeaders(response);
            return;
        }
        EventSupply supply = supplies.open(asked).orElseThrow(EventsController::full);
        setHeaders(response);
        start(supply, request, response);
    }

    private static void setHeaders(HttpServletResponse response) {
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // nginx would keep events back
    }

    private void start(EventSupply supply, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0); // never
        EventFeed feed =
                new EventFeed(
                        supply,
                        limits.writeDeadline(),
                        events.heartbeat(),
                        async,
                        response.getOutputStream());
        async.addListener(feed);
        response.getOutputStream().setWriteListener(feed);
    }

    private static ApiProblem full() {
        return new ApiProblem(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "too_many_subscribers",
                        EventStream.MOST_SUBSCRIBERS
                                + " subscribers read events already; try again when one has left")
                .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}
