package io.switchboard.peer;

import jakarta.validation.constraints.PositiveOrZero;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
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

    /**
     * The peers of each name by what decides whether they are in a reach, in the order in which
     * they closed; of the kinds, the one that closed last is the last. So the time of a look-up
     * does not depend on how many peers with the name are out of reach.
     */
    private final Map<String, SequencedMap<Kind, Deque<PeerSnapshot>>> byName = new HashMap<>();

    private record Kind(String listener, List<String> groups) {
        static Kind of(PeerSnapshot peer) {
            return new Kind(peer.listener(), peer.groups());
        }
    }

    ClosedPeers(int keep) {
        this.keep = keep;
    }

    synchronized void add(PeerSnapshot last) {
        byId.put(last.id(), last);
        String name = last.name();
        if (name != null) {
            var named = byName.computeIfAbsent(name, _ -> new LinkedHashMap<>(2));
            Kind kind = Kind.of(last);
            Deque<PeerSnapshot> same = named.get(kind);
            if (same == null) {
                same = new ArrayDeque<>(1);
            }
            same.addLast(last);
            named.putLast(kind, same);
        }
        if (byId.size() > keep) {
            removeName(byId.pollFirstEntry().getValue());
        }
    }

    /** Removes the oldest peer from those of its name and kind, of which it is the first. */
    private void removeName(PeerSnapshot oldest) {
        String name = oldest.name();
        var named = name == null ? null : byName.get(name);
        if (named == null) {
            return;
        }
        Kind kind = Kind.of(oldest);
        Deque<PeerSnapshot> same = named.get(kind);
        if (same != null) {
            same.pollFirst();
            if (same.isEmpty()) {
                named.remove(kind);
            }
        }
        if (named.isEmpty()) {
            byName.remove(name);
        }
    }

    /** Returns the peer in reach with this name that closed last. */
    synchronized Optional<PeerSnapshot> find(String name, Reach reach) {
        var named = byName.get(name);
        if (named != null) {
            for (Map.Entry<Kind, Deque<PeerSnapshot>> each : named.reversed().entrySet()) {
                Kind kind = each.getKey();
                if (reach.includes(kind.listener(), kind.groups())) {
                    return Optional.ofNullable(each.getValue().peekLast());
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
