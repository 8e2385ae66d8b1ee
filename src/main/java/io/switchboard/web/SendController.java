package io.switchboard.web;

import io.switchboard.delivery.Delivery;
import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.delivery.Wait;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.HttpRequestMethodNotSupportedException;

/**
 * {@code POST /send}: send(2) over HTTP.
 *
 * <p>A plain handler, without argument resolvers and message converters: this is the hot path, and
 * those cost more than the socket does.
 */
@Component
final class SendController implements HttpRequestHandler {
    private static final String RETRY_AFTER_SECONDS = "1";

    private final Delivery delivery;
    private final Listeners listeners;
    private final ReportJson json;

    SendController(Delivery delivery, Listeners listeners, ReportJson json) {
        this.delivery = delivery;
        this.listeners = listeners;
        this.json = json;
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), List.of("POST"));
        }
        SendReader.Request asked = SendReader.read(request);
        asked.send().to().forEach(this::requireListener);
        DeliveryReport report = send(asked.send());
        if (report.matched() == 0 && asked.require()) {
            throw new ApiProblem(
                    HttpStatus.NOT_FOUND, "no_peer", "nobody matches, and require=true was asked");
        }
        byte[] body = json.bytes(report, asked.send().results());
        response.setStatus(status(asked.send(), report).value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private DeliveryReport send(Send send) throws ServletException {
        try {
            return delivery.send(send);
        } catch (InterruptedException e) {
            throw new ServletException(e);
        }
    }

    private void requireListener(Target target) {
        if (target instanceof Target.OfListener(String name) && listeners.find(name).isEmpty()) {
            throw new ApiProblem(
                    HttpStatus.NOT_FOUND,
                    "unknown_listener",
                    "no listener '"
                            + name
                            + "': known are "
                            + listeners.all().stream()
                                    .map(Listener::name)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static HttpStatus status(Send send, DeliveryReport report) {
        if (send.to().size() == 1
                && send.to().getFirst() instanceof Target.One(String reference)
                && report.failed() == 1) {
            throw problem(reference, report.results().getFirst().outcome());
        }
        if (report.failed() > 0) {
            return HttpStatus.MULTI_STATUS;
        }
        boolean stillQueued = report.queued() > 0 && send.until() != Wait.QUEUED;
        return stillQueued ? HttpStatus.ACCEPTED : HttpStatus.OK;
    }

    /** The one peer named did not get it. */
    private static ApiProblem problem(String reference, Outcome outcome) {
        if (!(outcome instanceof Outcome.Failed failed)) {
            throw new IllegalStateException(reference + " failed with " + outcome);
        }
        String reason = failed.reason();
        if (failed.accepted()) {
            return ApiProblem.closedPeer(
                    reference,
                    " (" + reason + ") while the message waited; part of it may have been written");
        }
        return switch (reason) {
            case "unknown" -> ApiProblem.unknownPeer(reference);
            case "closed" -> ApiProblem.closedPeer(reference, "; nothing was written");
            case "draining" ->
                    new ApiProblem(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            reason,
                            "peer '" + reference + "' is being closed; nothing was written");
            default ->
                    new ApiProblem(
                                    HttpStatus.TOO_MANY_REQUESTS,
                                    reason,
                                    "the outbox of peer '"
                                            + reference
                                            + "' takes no more until the peer reads; nothing was"
                                            + " written")
                            .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        };
    }
}
