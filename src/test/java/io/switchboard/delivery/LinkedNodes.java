package io.switchboard.delivery;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Nodes in one JVM, each of which sends to its own peers, or answers as it is told. */
final class LinkedNodes {
    private final FakeCluster nodes;
    private final Map<Node, ClusterDelivery> others = new HashMap<>();
    private final Map<Node, RpcFailure> instead = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private @Nullable Runnable meanwhile;
    private OptionalLong moment = OptionalLong.empty();

    LinkedNodes(String self) {
        nodes = new FakeCluster(self, "self");
        nodes.answer((node, _, request) -> CompletableFuture.completedFuture(ask(node, request)));
    }

    /** One more. */
    Node add(String id, String name, ClusterDelivery operation) {
        Node node = nodes.come(id, name);
        others.put(node, operation);
        return node;
    }

    /** From now on calls to this node fail, and it executes nothing. */
    void fail(Node node, RpcFailure failure) {
        instead.put(node, failure);
    }

    /** This happens once, after all have been asked the next, and before any of them begins. */
    void meanwhile(Runnable happening) {
        meanwhile = happening;
    }

    void disconnect() {
        nodes.connected(false);
        others.keySet().forEach(each -> instead.put(each, RpcFailure.UNAVAILABLE));
    }

    /** The names of those that were asked. */
    List<String> asked() {
        return asked;
    }

    /** As one of them sees all. */
    Cluster nodes() {
        return nodes;
    }

    private RpcResult<byte[]> ask(Node node, byte[] request) {
        Runnable happening = meanwhile;
        if (happening != null) {
            moment = OptionalLong.of(System.nanoTime());
            meanwhile = null;
            happening.run();
        }
        asked.add(node.label());
        RpcFailure other = instead.get(node);
        ClusterDelivery there = others.get(node);
        if (other != null || there == null) {
            return new RpcResult.Failed<>(other == null ? RpcFailure.LOST : other);
        }
        try {
            return new RpcResult.Answered<>(
                    FakeCluster.execute(there, request, moment.orElseGet(System::nanoTime)));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
