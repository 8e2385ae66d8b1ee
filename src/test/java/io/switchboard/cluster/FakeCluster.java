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
 * A cluster whose other nodes join and leave when a test says so, and answer what it says. Requests
 * and answers are encoded as between real nodes.
 */
public final class FakeCluster implements Cluster {

    /** What the other nodes do. */
    public interface Work {
        CompletableFuture<RpcResult<byte[]>> call(Node node, String method, byte[] request);
    }

    /** Returns what this handler answers to an encoded request. */
    public static <Q, A> byte[] execute(RpcHandler<Q, A> handler, byte[] request, long askedAt)
            throws InterruptedException {
        Q decoded = RpcCodec.decode(request, handler.method().request()).orElseThrow();
        return RpcCodec.encode(handler.handle(decoded, askedAt));
    }

    private final Node self;
    private final Map<String, Node> others = new ConcurrentSkipListMap<>();
    private final Map<String, Node> unnoticed = new ConcurrentHashMap<>();
    private volatile boolean connected = true;
    private volatile @Nullable Work work;

    public FakeCluster(String id, String name) {
        self = node(id, name);
    }

    private static Node node(String id, String name) {
        return new Node(id, name, "host", "1", 0, false);
    }

    /** From now on it is among the others. */
    public Node come(String id, String name) {
        Node node = node(id, name);
        others.put(id, node);
        return node;
    }

    /** It is there, and only who looks for it finds it. */
    public void comeUnnoticed(String id, String name) {
        unnoticed.put(id, node(id, name));
    }

    public void go(String id) {
        others.remove(id);
    }

    public void connected(boolean now) {
        connected = now;
    }

    /** From now on the others do this. */
    public void answer(Work now) {
        work = now;
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
        return Optional.ofNullable(others.getOrDefault(id, unnoticed.get(id)));
    }

    @Override
    public <Q, A> CompletableFuture<RpcResult<A>> call(
            Node node, RpcMethod<Q, A> method, Q request) {
        Work now = work;
        return now == null
                ? CompletableFuture.completedFuture(new RpcResult.Failed<>(RpcFailure.LOST))
                : now.call(node, method.name(), RpcCodec.encode(request))
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
