package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The node that {@code node=} means, by its id or its name. */
@Component
final class NodeReference {
    private final Cluster nodes;

    NodeReference(Cluster nodes) {
        this.nodes = nodes;
    }

    /**
     * This node or another. May take some milliseconds for an id that nothing is known of.
     *
     * @throws ApiProblem 404, where there is none; 409, for a name that several have
     */
    Node find(String reference) {
        List<Node> all = all();
        Optional<Node> byId = all.stream().filter(each -> each.id().equals(reference)).findFirst();
        if (byId.isPresent()) {
            return byId.get();
        }
        List<Node> named = all.stream().filter(each -> reference.equals(each.name())).toList();
        return switch (named.size()) {
            case 0 -> lookUp(reference).orElseThrow(() -> unknown(reference, all));
            case 1 -> named.getFirst();
            default -> throw ambiguous(reference, named);
        };
    }

    private List<Node> all() {
        List<Node> all = new ArrayList<>();
        all.add(nodes.self());
        all.addAll(nodes.others());
        return all;
    }

    /** One that has come just now, and whose id somebody knows already. */
    private Optional<Node> lookUp(String reference) {
        return PeerId.parse(reference + "-1").isPresent()
                ? nodes.find(reference)
                : Optional.empty();
    }

    private static ApiProblem unknown(String reference, List<Node> all) {
        return new ApiProblem(
                HttpStatus.NOT_FOUND,
                "unknown_node",
                "no node '"
                        + Printable.of(reference)
                        + "' is there: known are "
                        + all.stream()
                                .map(NodeReference::spelled)
                                .collect(Collectors.joining(", ")));
    }

    private static String spelled(Node node) {
        return node.name() == null ? node.id() : node.name() + " (" + node.id() + ")";
    }

    private static ApiProblem ambiguous(String name, List<Node> several) {
        return new ApiProblem(
                HttpStatus.CONFLICT,
                "ambiguous",
                several.size()
                        + " nodes have the name '"
                        + name
                        + "': say which by id, "
                        + several.stream().map(Node::id).collect(Collectors.joining(" or ")));
    }
}
