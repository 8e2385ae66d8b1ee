package io.switchboard.peer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** The most recently closed peers, the oldest forgotten first. This object's monitor guards it. */
final class ClosedPeers {
    private final int keep;
    private final SequencedMap<PeerId, Peer> byId = new LinkedHashMap<>();
    private final Map<String, Peer> byName = new HashMap<>();

    ClosedPeers(int keep) {
        this.keep = keep;
    }

    synchronized void add(Peer last) {
        byId.put(last.id(), last);
        if (last.name() != null) {
            byName.put(last.name(), last);
        }
        if (byId.size() > keep) {
            forget(byId.pollFirstEntry().getValue());
        }
    }

    @SuppressWarnings("ReferenceEquality") // a later peer of the same name must stay
    private void forget(Peer oldest) {
        String name = oldest.name();
        if (name != null && byName.get(name) == oldest) {
            byName.remove(name);
        }
    }

    /** The last one that closed with this name. */
    synchronized Optional<Peer> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    synchronized Optional<Peer> find(PeerId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Oldest connection first. */
    synchronized List<Peer> all() {
        return new ArrayList<>(byId.values());
    }
}
