package io.switchboard.delivery;

import io.switchboard.peer.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Assigns the targets of a message to the nodes that can have them. A peer's id contains the id of
 * its node; a name or a group may be at any node.
 *
 * @param byOwner the peers that are named by id, by the id of their node
 * @param everywhere the targets that every node may have
 */
record TargetRouting(Map<String, List<Target>> byOwner, List<Target> everywhere) {

    static TargetRouting of(List<Target> to) {
        TargetRouting routing = new TargetRouting(new LinkedHashMap<>(1), new ArrayList<>(1));
        for (Target target : to) {
            Optional<PeerId> id =
                    target instanceof Target.One(String reference)
                            ? PeerId.parse(reference)
                            : Optional.empty();
            id.map(each -> routing.byOwner.computeIfAbsent(each.node(), _ -> new ArrayList<>(1)))
                    .orElse(routing.everywhere)
                    .add(target);
        }
        return routing;
    }

    /** Returns the targets that the node with this id may have. */
    List<Target> at(String node) {
        List<Target> own = byOwner.getOrDefault(node, List.of());
        if (own.isEmpty() || everywhere.isEmpty()) {
            return own.isEmpty() ? everywhere : own;
        }
        List<Target> union = new ArrayList<>(own);
        union.addAll(everywhere);
        return union;
    }

    /** Returns the targets that are peers of the node with this id. */
    List<String> only(String node) {
        return references(byOwner.getOrDefault(node, List.of()));
    }

    /** Returns the names among the targets. */
    List<String> names() {
        return references(everywhere);
    }

    private static List<String> references(List<Target> targets) {
        return targets.stream()
                .flatMap(each -> each instanceof Target.One one ? Stream.of(one) : Stream.empty())
                .map(Target.One::reference)
                .distinct()
                .toList();
    }
}
