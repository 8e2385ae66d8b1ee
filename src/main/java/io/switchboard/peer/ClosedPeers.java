package io.switchboard.peer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** The most recently closed peers, the oldest forgotten first. This object's monitor guards it. */
final class ClosedPeers {
    private final int keep;
    private final SequencedMap<PeerId, Peer> byId = new LinkedHashMap<>();

    ClosedPeers(int keep) {
        this.keep = keep;
    }

    synchronized void add(Peer last) {
        byId.put(last.id(), last);
        if (byId.size() > keep) {
            byId.pollFirstEntry();
        }
    }

    synchronized Optional<Peer> find(PeerId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Oldest connection first. */
    synchronized List<Peer> all() {
        return new ArrayList<>(byId.values());
    }
}
