package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Asks all other nodes the same, and gathers what they answer. */
@Component
final class Everywhere {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What was asked, before it is waited for. */
    record Asked(Map<Node, CompletableFuture<RpcResult<byte[]>>> answers) {}

    /**
     * What was answered.
     *
     * @param partial whether there may be nodes that did not answer
     * @param missing the names of those of them that are known
     */
    record Gathered<T>(List<T> answers, boolean partial, List<String> missing) {

        /** For JSON, which has it only where it is so. */
        @Nullable Boolean partialOrNull() {
            return partial ? true : null;
        }

        /** Likewise. */
        @Nullable List<String> missingOrNull() {
            return partial ? missing : null;
        }
    }

    private final Cluster nodes;

    Everywhere(Cluster nodes) {
        this.nodes = nodes;
    }

    /** Asks, and does not wait. */
    Asked ask(RpcMethod<byte[], byte[]> method, Object question) {
        List<Node> others = nodes.others();
        return new Asked(
                others.isEmpty()
                        ? Map.of()
                        : nodes.callAll(others, method, JSON.writeValueAsBytes(question)));
    }

    /** Waits. */
    <T> Gathered<T> gather(Asked asked, Class<T> type) {
        List<T> given = new ArrayList<>();
        List<String> missing = new ArrayList<>(0);
        asked.answers()
                .forEach(
                        (node, answer) -> {
                            byte[] bytes = Carrier.await(answer).toOptional().orElse(null);
                            if (bytes == null) {
                                missing.add(node.label());
                            } else {
                                given.add(JSON.readValue(bytes, type));
                            }
                        });
        return new Gathered<>(given, !missing.isEmpty() || !nodes.connected(), missing);
    }
}
