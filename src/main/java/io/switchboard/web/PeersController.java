package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /peers}: getpeername(2) and close(2), over HTTP. */
@RestController
final class PeersController {
    private static final int MOST = 1_000;
    private static final int LONGEST_REASON = 200;
    private static final Duration FLUSH = Duration.ofSeconds(5);

    /**
     * @param total how many match, on all pages
     * @param next what to pass as {@code after} for the next page; null on the last
     */
    record Page(long total, int limit, @Nullable String next, List<Peer> peers) {}

    private final PeerRegistry registry;

    PeersController(PeerRegistry registry) {
        this.registry = registry;
    }

    @GetMapping("/peers")
    Page list(
            @RequestParam(defaultValue = "open") String state,
            @RequestParam(required = false) @Nullable String listener,
            @RequestParam(required = false) @Nullable String transport,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String after) {
        if (limit < 1 || limit > MOST) {
            throw ApiProblem.badRequest("limit=" + limit + ": it takes 1 to " + MOST);
        }
        if (!List.of("open", "closed", "any").contains(state)) {
            throw ApiProblem.badRequest("state='" + state + "': known are open, closed and any");
        }
        PeerId cursor = after == null ? null : cursor(after);
        Predicate<PeerSession> wantedLive =
                session ->
                        !state.equals("closed")
                                && wanted(listener, session.listener().name())
                                && wanted(transport, session.listener().transport().word());
        List<Peer> closed =
                state.equals("open")
                        ? List.of()
                        : registry.recentlyClosed().stream()
                                .filter(peer -> wanted(listener, peer.listener()))
                                .filter(peer -> wanted(transport, peer.transport()))
                                .sorted(Comparator.comparing(Peer::id))
                                .toList();
        Stream<Peer> live =
                registry.sessionsAfter(cursor).stream()
                        .filter(wantedLive)
                        .limit(limit + 1L)
                        .map(PeerSession::facts);
        Stream<Peer> gone =
                closed.stream()
                        .filter(peer -> cursor == null || peer.id().compareTo(cursor) > 0)
                        .limit(limit + 1L);
        List<Peer> peers =
                Stream.concat(live, gone)
                        .sorted(Comparator.comparing(Peer::id))
                        .limit(limit + 1L)
                        .toList();
        boolean more = peers.size() > limit;
        List<Peer> page = more ? peers.subList(0, limit) : peers;
        boolean everyLive = state.equals("open") && listener == null && transport == null;
        long liveTotal =
                everyLive
                        ? registry.sessions().size()
                        : registry.sessions().stream().filter(wantedLive).count();
        long total = closed.size() + liveTotal;
        return new Page(total, limit, more ? page.getLast().id().toString() : null, page);
    }

    private static boolean wanted(@Nullable String filter, String value) {
        return filter == null || filter.equals(value);
    }

    private static PeerId cursor(String after) {
        return PeerId.parse(after)
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "after='"
                                                + after
                                                + "' is no cursor: pass on what 'next' said"));
    }

    @GetMapping("/peers/{peer}")
    Peer one(@PathVariable String peer) {
        return switch (registry.find(peer)) {
            case Lookup.Live(PeerSession session) -> session.facts();
            case Lookup.Closed(PeerId _, Optional<Peer> last) ->
                    last.orElseThrow(
                            () -> ApiProblem.closedPeer(peer, ", and no longer remembered"));
            case Lookup.Unknown _ -> throw ApiProblem.unknownPeer(peer);
        };
    }

    /** Answers when the peer is closed: what was queued for it is flushed first, within 5 s. */
    @DeleteMapping("/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void close(
            @PathVariable String peer,
            @RequestParam(required = false) @Nullable String reason,
            @RequestParam(required = false) @Nullable String farewell) {
        if (reason != null && reason.length() > LONGEST_REASON) {
            throw ApiProblem.badRequest(
                    "reason has " + reason.length() + " characters: it takes " + LONGEST_REASON);
        }
        switch (registry.find(peer)) {
            case Lookup.Live(PeerSession session) -> {
                byte[] frame = farewell == null ? null : frame(session.listener(), farewell);
                session.closeAndWait(CloseReason.KICKED, reason, frame, FLUSH);
            }
            case Lookup.Closed _ -> throw ApiProblem.closedPeer(peer, " already");
            case Lookup.Unknown _ -> throw ApiProblem.unknownPeer(peer);
        }
    }

    private static byte[] frame(Listener listener, String farewell) {
        Framing framing = Framing.of(listener.framingOut());
        byte[] payload = farewell.getBytes(UTF_8);
        framing.objection(payload)
                .ifPresent(
                        objection -> {
                            throw new ApiProblem(
                                    HttpStatus.UNPROCESSABLE_CONTENT,
                                    "bad_payload",
                                    "farewell: " + objection);
                        });
        return framing.encode(payload);
    }
}
