package io.switchboard.web;

import io.switchboard.peer.Lookup;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The peer that a path means. */
@Component
final class Peers {
    private final PeerRegistry registry;

    Peers(PeerRegistry registry) {
        this.registry = registry;
    }

    /**
     * The live session of this reference.
     *
     * @throws ApiProblem 404, 409 or 410
     */
    PeerSession live(String reference) {
        return switch (registry.find(reference)) {
            case Lookup.Live(PeerSession session) -> session;
            case Lookup.Several(List<PeerSession> several) ->
                    throw ambiguousHere(reference, several);
            case Lookup.Closed _ -> throw ApiProblem.closedPeer(reference, " already");
            case Lookup.Unknown _ -> throw ApiProblem.unknownPeer(reference);
        };
    }

    static ApiProblem ambiguousHere(String name, List<PeerSession> several) {
        return ambiguous(name, several.stream().map(each -> each.id().toString()).toList());
    }

    /**
     * @param several ids
     */
    static ApiProblem ambiguous(String name, List<String> several) {
        return new ApiProblem(
                HttpStatus.CONFLICT,
                "ambiguous",
                several.size()
                        + " peers have the name '"
                        + name
                        + "': say which by id, "
                        + String.join(" or ", several));
    }
}
