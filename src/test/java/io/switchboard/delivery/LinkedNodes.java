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

/**
 * A cluster of nodes in one JVM, as one of them sees it. Each other node sends to its own peers, or
 * fails as the test says.
 */
final class LinkedNodes {
    private final FakeCluster cluster;
    private final Map<Node, ClusterDelivery> others = new HashMap<>();
    private final Map<Node, RpcFailure> failures = new HashMap<>();
    private final List<String> called = new ArrayList<>();
    private @Nullable Runnable interruption;
    private OptionalLong requestedAt = OptionalLong.empty();

    LinkedNodes(String self) {
        cluster = new FakeCluster(self, "self");
        cluster.answer(
                (node, _, request) -> CompletableFuture.completedFuture(call(node, request)));
    }

    /** Adds a node whose requests this operation handles. */
    Node add(String id, String name, ClusterDelivery operation) {
        Node node = cluster.join(id, name);
        others.put(node, operation);
        return node;
    }

    /** Makes all later calls to this node fail without being executed. */
    void fail(Node node, RpcFailure failure) {
        failures.put(node, failure);
    }

    /** Runs the action once: after the next request was made, before a node executes it. */
    void beforeNextExecution(Runnable action) {
        interruption = action;
    }

    /** Makes all later calls fail as if Redis could not be reached. */
    void disconnect() {
        cluster.connected(false);
        others.keySet().forEach(each -> failures.put(each, RpcFailure.UNAVAILABLE));
    }

    /** Returns the names of the nodes that were called, in order. */
    List<String> called() {
        return called;
    }

    /** Returns the cluster as the node itself sees it. */
    Cluster cluster() {
        return cluster;
    }

    private RpcResult<byte[]> call(Node node, byte[] request) {
        Runnable action = interruption;
        if (action != null) {
            requestedAt = OptionalLong.of(System.nanoTime());
            interruption = null;
            action.run();
        }
        called.add(node.label());
        RpcFailure failure = failures.get(node);
        ClusterDelivery handler = others.get(node);
        if (failure != null || handler == null) {
            return new RpcResult.Failed<>(failure == null ? RpcFailure.LOST : failure);
        }
        try {
            return new RpcResult.Answered<>(
                    FakeCluster.execute(handler, request, requestedAt.orElseGet(System::nanoTime)));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
