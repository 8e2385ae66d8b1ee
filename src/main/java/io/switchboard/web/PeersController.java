package io.switchboard.web;

import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /peers}: getpeername(2) and close(2), over HTTP. */
@RestController
final class PeersController {
    private static final int MOST = 1_000;

    private final PeerRegistry registry;
    private final PeerLists lists;
    private final Peers peers;

    PeersController(PeerRegistry registry, PeerLists lists, Peers peers) {
        this.registry = registry;
        this.lists = lists;
        this.peers = peers;
    }

    @GetMapping("/peers")
    PeerLists.Page list(
            @RequestParam(defaultValue = "open") String state,
            @RequestParam(required = false) @Nullable String listener,
            @RequestParam(required = false) @Nullable String transport,
            @RequestParam(required = false) @Nullable String sort,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String after) {
        if (limit < 1 || limit > MOST) {
            throw ApiProblem.badRequest("limit=" + limit + ": it takes 1 to " + MOST);
        }
        if (!List.of("open", "closed", "any").contains(state)) {
            throw ApiProblem.badRequest("state='" + state + "': known are open, closed and any");
        }
        PeerLists.Filter filter = new PeerLists.Filter(state, listener, transport);
        PeerId cursor = after == null ? null : cursor(after);
        if (sort == null) {
            return lists.byConnecting(filter, limit, cursor);
        }
        Comparator<SocketFigures> order = KernelSort.order(sort);
        if (cursor != null || !state.equals("open")) {
            throw ApiProblem.badRequest(
                    "sort="
                            + sort
                            + " is of open peers and has one page: leave out after and state");
        }
        return lists.byKernel(filter, limit, order);
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
    PeerRow one(@PathVariable String peer) {
        return switch (registry.find(peer)) {
            case Lookup.Live(PeerSession session) -> lists.one(session);
            case Lookup.Several(List<PeerSession> several) -> throw Peers.ambiguous(peer, several);
            case Lookup.Closed(Optional<Peer> last) ->
                    last.map(PeerRow::of)
                            .orElseThrow(
                                    () ->
                                            ApiProblem.closedPeer(
                                                    peer, ", and no longer remembered"));
            case Lookup.Unknown _ -> throw ApiProblem.unknownPeer(peer);
        };
    }

    /** Changes what is given and answers with what is now. */
    @PatchMapping("/peers/{peer}")
    PeerRow patch(@PathVariable String peer, HttpServletRequest request) throws IOException {
        PeerPatch patch = PeerPatch.read(Body.object(request, PeerPatch.FIELDS), registry);
        PeerSession session = peers.live(peer);
        patch.apply(session);
        return lists.one(session);
    }

    /** Answers when the peer is closed: what was queued for it is flushed first, within 5 s. */
    @DeleteMapping("/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void close(
            @PathVariable String peer,
            @RequestParam(required = false) @Nullable String reason,
            @RequestParam(required = false) @Nullable String farewell) {
        new Farewell(reason, farewell).close(List.of(peers.live(peer)));
    }
}
