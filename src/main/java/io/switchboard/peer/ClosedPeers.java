package io.switchboard.peer;

import jakarta.validation.constraints.PositiveOrZero;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The last snapshots of the most recently closed peers. When the capacity is exceeded, the peer
 * that closed first is removed. This object's monitor guards both maps.
 */
final class ClosedPeers {
    /**
     * Settings for closed peers.
     *
     * @param keep the number of recently closed peers that remain visible
     */
    @Validated
    @ConfigurationProperties("switchboard.closed")
    record ClosedProperties(@DefaultValue("1000") @PositiveOrZero int keep) {}

    private final int keep;
    private final SequencedMap<PeerId, PeerSnapshot> byId = new LinkedHashMap<>();

    /** The peers of each name, in the order in which they closed. */
    private final Map<String, Deque<PeerSnapshot>> byName = new HashMap<>();

    ClosedPeers(int keep) {
        this.keep = keep;
    }

    synchronized void add(PeerSnapshot last) {
        byId.put(last.id(), last);
        if (last.name() != null) {
            byName.computeIfAbsent(last.name(), _ -> new ArrayDeque<>(1)).addLast(last);
        }
        if (byId.size() > keep) {
            removeName(byId.pollFirstEntry().getValue());
        }
    }

    /** Removes the oldest peer from those of its name, of which it is the first. */
    private void removeName(PeerSnapshot oldest) {
        String name = oldest.name();
        Deque<PeerSnapshot> named = name == null ? null : byName.get(name);
        if (named != null) {
            named.pollFirst();
            if (named.isEmpty()) {
                byName.remove(name);
            }
        }
    }

    /** Returns the peer in reach with this name that closed last. */
    synchronized Optional<PeerSnapshot> find(String name, Reach reach) {
        Deque<PeerSnapshot> named = byName.get(name);
        if (named != null) {
            Iterator<PeerSnapshot> latestFirst = named.descendingIterator();
            while (latestFirst.hasNext()) {
                PeerSnapshot each = latestFirst.next();
                if (reach.includes(each)) {
                    return Optional.of(each);
                }
            }
        }
        return Optional.empty();
    }

    synchronized Optional<PeerSnapshot> find(PeerId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Returns all remembered peers, in the order in which they closed. */
    synchronized List<PeerSnapshot> all() {
        return new ArrayList<>(byId.values());
    }
}
