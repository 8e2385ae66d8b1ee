package io.switchboard.delivery;

import io.switchboard.peer.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which nodes can have the targets of a message: a peer's id says which, a name or a group does
 * not.
 *
 * @param own ids of this node's peers, and addresses that it is to send to
 * @param others ids of other nodes' peers, by the nodes' ids
 * @param everywhere what each node may have some of
 */
record TargetRouting(List<Target> own, Map<String, List<Target>> others, List<Target> everywhere) {

    /**
     * @param self this node's id
     */
    static TargetRouting of(List<Target> to, String self) {
        TargetRouting routing =
                new TargetRouting(new ArrayList<>(1), new LinkedHashMap<>(0), new ArrayList<>(1));
        to.forEach(target -> routing.add(target, self));
        return routing;
    }

    private void add(Target target, String self) {
        switch (target) {
            case Target.One(String reference) -> {
                Optional<PeerId> id = PeerId.parse(reference);
                if (id.isEmpty()) {
                    everywhere.add(target);
                } else if (id.get().node().equals(self)) {
                    own.add(target);
                } else {
                    others.computeIfAbsent(id.get().node(), _ -> new ArrayList<>(1)).add(target);
                }
            }
            case Target.OfAddress _ -> own.add(target);
            case Target.All _, Target.OfGroup _, Target.OfListener _, Target.OfTransport _ ->
                    everywhere.add(target);
        }
    }

    /** What this node is to send to. */
    List<Target> here() {
        return union(own);
    }

    /** What the node of this id is to send to. */
    List<Target> at(String node) {
        return union(others.getOrDefault(node, List.of()));
    }

    private List<Target> union(List<Target> more) {
        if (more.isEmpty() || everywhere.isEmpty()) {
            return more.isEmpty() ? everywhere : more;
        }
        List<Target> union = new ArrayList<>(more);
        union.addAll(everywhere);
        return union;
    }

    /** The nodes whose peers are named by their ids. */
    Set<String> owners() {
        return others.keySet();
    }

    /** The ids of this node's peers that are named. */
    List<String> only(String node) {
        return references(others.getOrDefault(node, List.of()));
    }

    /** The names of peers that any node may have. */
    List<String> names() {
        return references(everywhere);
    }

    private static List<String> references(List<Target> targets) {
        List<String> references = new ArrayList<>(targets.size());
        for (Target target : targets) {
            if (target instanceof Target.One(String reference) && !references.contains(reference)) {
                references.add(reference);
            }
        }
        return references;
    }
}
