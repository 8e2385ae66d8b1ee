package io.switchboard.cluster;

import io.switchboard.cluster.RpcResult.RpcFailure;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster whose other nodes join and leave when a test calls {@link #join} and {@link #leave},
 * and answer as the test defines. Requests and answers are encoded as between real nodes.
 */
public final class FakeCluster implements Cluster {

    /** Answers the requests to all other nodes. */
    public interface Responder {
        CompletableFuture<RpcResult<byte[]>> call(Node node, String method, byte[] request);
    }

    /** Returns the encoded answer of a handler to an encoded request. */
    public static <Q, A> byte[] execute(RpcHandler<Q, A> handler, byte[] request, long sentAt)
            throws InterruptedException {
        Q decoded = RpcCodec.decode(request, handler.method().request()).orElseThrow();
        return RpcCodec.encode(handler.handle(decoded, sentAt));
    }

    private final Node self;
    private final Map<String, Node> others = new ConcurrentSkipListMap<>();
    private final Map<String, Node> unlisted = new ConcurrentHashMap<>();
    private volatile boolean connected = true;
    private volatile @Nullable Responder responder;

    public FakeCluster(String id, String name) {
        self = node(id, name);
    }

    private static Node node(String id, String name) {
        return new Node(id, name, "host", "1", 0, false);
    }

    /** Adds a node to {@link #others}. */
    public Node join(String id, String name) {
        Node node = node(id, name);
        others.put(id, node);
        return node;
    }

    /** Adds a node that {@link #find} returns although {@link #others} does not have it yet. */
    public void joinUnlisted(String id, String name) {
        unlisted.put(id, node(id, name));
    }

    public void leave(String id) {
        others.remove(id);
    }

    public void connected(boolean now) {
        connected = now;
    }

    /** Sets how the other nodes answer from now on. */
    public void answer(Responder now) {
        responder = now;
    }

    @Override
    public Node self() {
        return self;
    }

    @Override
    public List<Node> others() {
        return List.copyOf(others.values());
    }

    @Override
    public boolean single() {
        return false;
    }

    @Override
    public boolean connected() {
        return connected;
    }

    @Override
    public Optional<Node> find(String id) {
        return Optional.ofNullable(others.getOrDefault(id, unlisted.get(id)));
    }

    @Override
    public <Q, A> CompletableFuture<RpcResult<A>> call(
            Node node, RpcMethod<Q, A> method, Q request) {
        Responder now = responder;
        return now == null
                ? CompletableFuture.completedFuture(new RpcResult.Failed<>(RpcFailure.LOST))
                : now.call(
                                node,
                                Scoped.methodName(method.name(), request),
                                RpcCodec.encode(request))
                        .thenApply(result -> decode(result, method.answer()));
    }

    private static <A> RpcResult<A> decode(RpcResult<byte[]> result, Class<A> type) {
        return switch (result) {
            case RpcResult.Answered<byte[]>(byte[] answer) ->
                    new RpcResult.Answered<>(RpcCodec.decode(answer, type).orElseThrow());
            case RpcResult.Failed<byte[]>(RpcFailure failure) -> new RpcResult.Failed<>(failure);
        };
    }

    @Override
    public <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(
            Collection<Node> nodes, RpcMethod<Q, A> method, Q request) {
        Map<Node, CompletableFuture<RpcResult<A>>> results = new LinkedHashMap<>();
        nodes.forEach(each -> results.put(each, call(each, method, request)));
        return results;
    }
}
