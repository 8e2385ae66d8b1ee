package io.switchboard.web;

import io.switchboard.delivery.BadPayload;
import io.switchboard.delivery.ClusterDelivery;
import io.switchboard.delivery.DeliveryReport;
import io.switchboard.delivery.KeyReused;
import io.switchboard.delivery.LocalDelivery;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.Results;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.delivery.TooLong;
import io.switchboard.delivery.UdpPeerResolver;
import io.switchboard.delivery.Unreachable;
import io.switchboard.delivery.Wait;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Carries a read {@code POST /send} out, and says with which status it is answered. */
@Component
final class Sender {
    private static final String RETRY_AFTER_SECONDS = "1";

    /** What became of it. */
    record Answer(HttpStatus status, DeliveryReport report, Results results) {}

    /** What delivers. */
    private interface Delivering<T> {
        T get() throws InterruptedException;
    }

    private final LocalDelivery delivery;
    private final ClusterDelivery relay;
    private final UdpPeerResolver addresses;
    private final Listeners listeners;

    Sender(
            LocalDelivery delivery,
            ClusterDelivery relay,
            UdpPeerResolver addresses,
            Listeners listeners) {
        this.delivery = delivery;
        this.relay = relay;
        this.addresses = addresses;
        this.listeners = listeners;
    }

    /**
     * Sends, and waits as far as is asked.
     *
     * @param key the client's, under which it is sent once; null for none
     * @throws ApiProblem nobody got it
     */
    Answer send(SendReader.Request asked, @Nullable String key) {
        asked.send().to().forEach(this::requireListener);
        Send send = resolve(asked.send());
        if (send.until() == Wait.ACKED && !delivery.canWaitForAcks()) {
            throw new ApiProblem(
                    HttpStatus.NOT_IMPLEMENTED,
                    "not_available",
                    "wait=acked is not available here: this system's kernel does not tell");
        }
        return answer(send, asked.require(), reporting(() -> relay.send(send, key)));
    }

    private static Answer answer(Send send, boolean require, DeliveryReport report) {
        if (report.matched() == 0 && require) {
            throw new ApiProblem(
                    HttpStatus.NOT_FOUND, "no_peer", "nobody matches, and require=true was asked");
        }
        return new Answer(status(send, report), report, send.results());
    }

    private Send resolve(Send send) {
        try {
            return addresses.resolve(send);
        } catch (Unreachable e) {
            HttpStatus status =
                    switch (e.reason()) {
                        case NOT_ALLOWED -> HttpStatus.FORBIDDEN;
                        case AMBIGUOUS, NO_UDP_LISTENER -> HttpStatus.UNPROCESSABLE_CONTENT;
                        case FULL -> HttpStatus.TOO_MANY_REQUESTS;
                    };
            ApiProblem problem =
                    new ApiProblem(status, e.reason().word(), String.valueOf(e.getMessage()));
            throw status == HttpStatus.TOO_MANY_REQUESTS
                    ? problem.withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                    : problem;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiProblem(
                    HttpStatus.SERVICE_UNAVAILABLE, "shutting_down", "the service is stopping");
        }
    }

    /** With what goes wrong as problems. */
    private static <T> T reporting(Delivering<T> delivering) {
        try {
            return delivering.get();
        } catch (TooLong e) {
            throw new ApiProblem(
                    HttpStatus.CONTENT_TOO_LARGE, "too_large", String.valueOf(e.getMessage()));
        } catch (BadPayload e) {
            throw new ApiProblem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "bad_payload",
                    String.valueOf(e.getMessage()));
        } catch (KeyReused e) {
            throw FirstAnswers.keyReused(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiProblem(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "shutting_down",
                            "the service is stopping; what was accepted is still flushed")
                    .mayHaveBeenSent();
        }
    }

    private void requireListener(Target target) {
        String name =
                switch (target) {
                    case Target.OfListener(String listener) -> listener;
                    case Target.OfAddress(var _, String listener) -> listener;
                    case Target.All _, Target.OfGroup _, Target.OfTransport _, Target.One _ -> null;
                };
        if (name != null && listeners.find(name).isEmpty()) {
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
        boolean one = send.to().size() == 1 && send.to().getFirst() instanceof Target.One;
        if (one && report.failed() == 1 && report.matched() == 1) {
            throw problem(send.to().getFirst().spelled(), report.results().getFirst().outcome());
        }
        if (report.failed() > 0 || (report.partial() && !one)) {
            return HttpStatus.MULTI_STATUS;
        }
        boolean reached =
                switch (send.until()) {
                    case QUEUED -> true;
                    case WRITTEN -> report.queued() == 0;
                    case ACKED -> report.queued() == 0 && report.written() == 0;
                    case REPLY -> true; // who has not answered has failed
                };
        return reached ? HttpStatus.OK : HttpStatus.ACCEPTED;
    }

    /** The one peer named did not get it. */
    private static ApiProblem problem(String reference, Outcome outcome) {
        if (!(outcome instanceof Outcome.Failed failed)) {
            throw new IllegalStateException(reference + " failed with " + outcome);
        }
        String reason = failed.reason();
        if (reason.equals("no_reply")) {
            return new ApiProblem(
                            HttpStatus.GATEWAY_TIMEOUT,
                            reason,
                            "peer '"
                                    + reference
                                    + "' has not answered in time; the message may have been"
                                    + " written")
                    .mayHaveBeenSent();
        }
        if (reason.equals("no_answer")) {
            return ApiProblem.noAnswer("the node of peer '" + reference + "'");
        }
        if (failed.accepted()) {
            return ApiProblem.closedPeer(
                            reference,
                            " ("
                                    + reason
                                    + "), and the message was under way; part of it may have"
                                    + " been written")
                    .mayHaveBeenSent();
        }
        return switch (reason) {
            case "unknown" -> ApiProblem.unknownPeer(reference);
            case "closed" -> ApiProblem.closedPeer(reference, "; nothing was written");
            case "busy" ->
                    new ApiProblem(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    reason,
                                    "peer '"
                                            + reference
                                            + "' is still being asked something else; nothing was"
                                            + " written")
                            .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            case "owner_lost" -> ApiProblem.ownerLost("the node of peer '" + reference + "'");
            case "bus_unavailable" -> ApiProblem.busUnavailable("peer '" + reference + "'");
            case "node_busy" -> ApiProblem.nodeBusy("the node of peer '" + reference + "'");
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
