package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Has another node connect to somebody, where a {@code POST /peers} names one. */
@Component
final class DialElsewhere {
    private final Cluster nodes;
    private final NodeReference references;
    private final Carrier carrier;

    DialElsewhere(Cluster nodes, NodeReference references, Carrier carrier) {
        this.nodes = nodes;
        this.references = references;
        this.carrier = carrier;
    }

    /**
     * Whether another node was to do it, which has done it then, and its answer been passed on.
     *
     * @throws ApiProblem there is no such node, or it does not answer
     */
    boolean dials(JsonNode body, HttpServletResponse response) throws IOException {
        String reference = DialRequest.node(body);
        if (reference == null) {
            return false;
        }
        Node node = references.find(reference);
        if (node.id().equals(nodes.self().id())) {
            return false;
        }
        CarriedRequest request =
                new CarriedRequest(
                        "POST",
                        "/peers",
                        null,
                        null,
                        MediaType.APPLICATION_JSON_VALUE,
                        byId(body, node).toString().getBytes(UTF_8));
        Carrier.pass(carrier.ask(node, request), response);
        return true;
    }

    /** Its name may be another node's as well, as that one sees it. */
    private static JsonNode byId(JsonNode body, Node node) {
        return body.asObject().put("node", node.id());
    }
}
