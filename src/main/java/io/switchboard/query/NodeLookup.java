package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.Printable;
import io.switchboard.query.Refusal.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Finds the node that {@code node=} names, by id or by name. Thread-safe. */
@Component
public final class NodeLookup {
    private final Cluster cluster;

    NodeLookup(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Returns this node or another. An unknown id may take some milliseconds.
     *
     * @throws RefusedException there is no such node, or several have the name
     */
    public Node find(String reference) {
        List<Node> all = new ArrayList<>();
        all.add(cluster.self());
        all.addAll(cluster.others());
        Optional<Node> byId = all.stream().filter(each -> each.id().equals(reference)).findFirst();
        if (byId.isPresent()) {
            return byId.get();
        }
        List<Node> named = all.stream().filter(each -> reference.equals(each.name())).toList();
        return switch (named.size()) {
            case 0 -> joinedNow(reference).orElseThrow(() -> unknown(reference, all));
            case 1 -> named.getFirst();
            default -> throw ambiguous(reference, named);
        };
    }

    /** Looks up an id, because a node that joined a moment ago is not listed yet. */
    private Optional<Node> joinedNow(String reference) {
        return PeerId.parse(reference + "-1").isPresent()
                ? cluster.find(reference)
                : Optional.empty();
    }

    private static RefusedException unknown(String reference, List<Node> all) {
        return Refusal.of(
                Refusal.Reason.UNKNOWN_NODE,
                "no node '"
                        + Printable.of(reference)
                        + "' is there: known are "
                        + all.stream().map(NodeLookup::spelled).collect(Collectors.joining(", ")));
    }

    private static String spelled(Node node) {
        return node.name() == null ? node.id() : node.name() + " (" + node.id() + ")";
    }

    private static RefusedException ambiguous(String name, List<Node> several) {
        return Refusal.of(
                Refusal.Reason.AMBIGUOUS,
                several.size()
                        + " nodes have the name '"
                        + name
                        + "': say which by id, "
                        + several.stream().map(Node::id).collect(Collectors.joining(" or ")));
    }
}
