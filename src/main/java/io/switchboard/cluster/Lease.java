package io.switchboard.cluster;

import io.switchboard.node.Node;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** How a node spells in Redis what it says of itself. */
final class Lease {
    private static final JsonMapper JSON = JsonMapper.shared();

    private Lease() {}

    static byte[] bytes(Node node) {
        return JSON.writeValueAsBytes(node);
    }

    /** Nothing where it is none. */
    static Optional<Node> of(byte @Nullable [] bytes) {
        try {
            return bytes == null
                    ? Optional.empty()
                    : Optional.ofNullable(JSON.readValue(bytes, Node.class));
        } catch (JacksonException e) {
            return Optional.empty(); // of a version that says other things
        }
    }
}
