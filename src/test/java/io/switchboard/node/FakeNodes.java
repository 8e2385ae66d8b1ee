package io.switchboard.node;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Nodes that come and go when a test says so, and answer what it says. */
public final class FakeNodes implements Nodes {

    /** What the other nodes do. */
    public interface Work {
        CompletableFuture<Answer> ask(Node node, String operation, byte[] request);
    }

    private final Node self;
    private final Map<String, Node> others = new ConcurrentSkipListMap<>();
    private final Map<String, Node> unnoticed = new ConcurrentHashMap<>();
    private volatile boolean connected = true;
    private volatile @Nullable Work work;

    public FakeNodes(String id, String name) {
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
    public CompletableFuture<Answer> ask(Node node, String operation, byte[] request) {
        Work now = work;
        return now == null
                ? CompletableFuture.completedFuture(new Answer.Lost())
                : now.ask(node, operation, request);
    }

    @Override
    public Map<Node, CompletableFuture<Answer>> ask(
            Collection<Node> nodes, String operation, byte[] request) {
        Map<Node, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
        nodes.forEach(each -> answers.put(each, ask(each, operation, request)));
        return answers;
    }
}
