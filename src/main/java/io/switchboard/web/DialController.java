package io.switchboard.web;

import io.switchboard.peer.Call;
import io.switchboard.peer.Dialled;
import io.switchboard.peer.Dialler;
import io.switchboard.peer.KeptCall;
import io.switchboard.peer.KeptCalls;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketError;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** {@code POST /peers}: connect(2), over HTTP; {@code /calls}: what is kept connected. */
@RestController
final class DialController {
    private static final String RETRY_AFTER_SECONDS = "5";

    record Calls(int total, List<KeptCall> calls) {}

    private final Dialler dialler;
    private final KeptCalls kept;
    private final DialRequest requests;
    private final PeerLists lists;
    private final DialElsewhere elsewhere;

    DialController(
            Dialler dialler,
            KeptCalls kept,
            DialRequest requests,
            PeerLists lists,
            DialElsewhere elsewhere) {
        this.dialler = dialler;
        this.kept = kept;
        this.requests = requests;
        this.lists = lists;
        this.elsewhere = elsewhere;
    }

    /**
     * Answers 201 with the peer; with {@code keep}, and where the far end does not answer yet, 202
     * with the call that goes on trying. With {@code node}, that node's answer.
     */
    @PostMapping("/peers")
    @Nullable ResponseEntity<?> dial(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        JsonNode body = Body.object(request, DialRequest.FIELDS);
        if (elsewhere.dials(body, response)) {
            return null;
        }
        DialRequest.Asked asked = requests.read(body);
        Call call = asked.call();
        return switch (dial(call)) {
            case Dialled.Connected(PeerSession session) -> {
                if (asked.keep()) {
                    keep(call, session);
                }
                URI location = URI.create("/peers/" + session.id());
                yield ResponseEntity.created(location).body(lists.one(session));
            }
            case Dialled.Failed(SocketError error) -> {
                if (!asked.keep()) {
                    throw failed(call, error);
                }
                KeptCall waiting = keep(call, null);
                yield ResponseEntity.accepted()
                        .header(HttpHeaders.LOCATION, "/calls/" + waiting.id())
                        .body(waiting);
            }
            case Dialled.Forbidden(InetAddress address) -> throw forbidden(call, address);
            case Dialled.Full(String sentence) ->
                    throw new ApiProblem(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    "too_many_connections",
                                    sentence)
                            .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            case Dialled.NameTaken(PeerSession by) ->
                    throw new ApiProblem(
                            HttpStatus.CONFLICT,
                            "duplicate_name",
                            "the name '"
                                    + call.name()
                                    + "' is that of "
                                    + by.id()
                                    + ", and on-duplicate of listener '"
                                    + call.listener().name()
                                    + "' is reject");
            case Dialled.Stopping _ -> throw stopping();
        };
    }

    private Dialled dial(Call call) {
        try {
            return dialler.dial(call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stopping();
        }
    }

    private KeptCall keep(Call call, @Nullable PeerSession connected) {
        return kept.keep(call, connected)
                .orElseThrow(
                        () ->
                                new ApiProblem(
                                                HttpStatus.SERVICE_UNAVAILABLE,
                                                "too_many_calls",
                                                "the service is stopping, or keeps "
                                                        + KeptCalls.MOST
                                                        + " far ends connected already; DELETE"
                                                        + " /calls/{id} ends one"
                                                        + (connected == null
                                                                ? ""
                                                                : "; "
                                                                        + connected.id()
                                                                        + " is connected, and not"
                                                                        + " kept"))
                                        .withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS));
    }

    private static ApiProblem failed(Call call, SocketError error) {
        ApiProblem problem =
                new ApiProblem(
                        error.isTimeout() ? HttpStatus.GATEWAY_TIMEOUT : HttpStatus.BAD_GATEWAY,
                        error.isTimeout() ? "timeout" : "connect_failed",
                        "connecting to "
                                + call.host()
                                + " port "
                                + call.port()
                                + ": "
                                + error.message()
                                + " ("
                                + error.code()
                                + ")");
        problem.getBody().setProperty("errno", error.errno());
        problem.getBody().setProperty("code", error.code());
        return problem;
    }

    private static ApiProblem forbidden(Call call, InetAddress address) {
        return new ApiProblem(
                HttpStatus.FORBIDDEN,
                "not_allowed",
                call.host()
                        + " is "
                        + address.getHostAddress()
                        + ", which switchboard.connect.allowed-networks does not have; link-local"
                        + " addresses and those of clouds' metadata can not be had");
    }

    private static ApiProblem stopping() {
        return new ApiProblem(
                HttpStatus.SERVICE_UNAVAILABLE, "shutting_down", "the service is stopping");
    }

    @GetMapping("/calls")
    Calls calls() {
        List<KeptCall> all = kept.all();
        return new Calls(all.size(), all);
    }

    /** Keeps it no longer; the peer that is connected stays one. */
    @DeleteMapping("/calls/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(@PathVariable String id) {
        if (!id.matches("\\d{1,18}") || !kept.end(Long.parseLong(id))) {
            throw new ApiProblem(
                    HttpStatus.NOT_FOUND,
                    "unknown",
                    "no call '" + id + "' is kept; GET /calls lists those that are");
        }
    }
}
