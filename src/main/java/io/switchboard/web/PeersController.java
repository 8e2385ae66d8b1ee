package io.switchboard.web;

import io.switchboard.peer.Lookup;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
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

/** {@code /peers/{peer}}: getpeername(2) and close(2), over HTTP. */
@RestController
final class PeersController {
    private final PeerRegistry registry;
    private final PeerLists lists;
    private final Peers peers;

    PeersController(PeerRegistry registry, PeerLists lists, Peers peers) {
        this.registry = registry;
        this.lists = lists;
        this.peers = peers;
    }

    @GetMapping("/peers/{peer}")
    PeerRow one(@PathVariable String peer) {
        return switch (registry.find(peer)) {
            case Lookup.Live(PeerSession session) -> lists.one(session);
            case Lookup.Several(List<PeerSession> several) ->
                    throw Peers.ambiguousHere(peer, several);
            case Lookup.Closed(Optional<Peer> last) ->
                    last.map(lists::row)
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
