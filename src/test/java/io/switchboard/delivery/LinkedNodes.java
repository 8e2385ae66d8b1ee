package io.switchboard.delivery;

import io.switchboard.node.Answer;
import io.switchboard.node.Node;
import io.switchboard.node.Nodes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Nodes in one JVM, each of which answers, or does as it is told. */
final class LinkedNodes implements Nodes {
    private final Node self;
    private final Map<Node, SendHere> others = new LinkedHashMap<>();
    private final Map<Node, Answer> instead = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private boolean connected = true;

    LinkedNodes(String self) {
        this.self = node(self, "self");
    }

    private static Node node(String id, String name) {
        return new Node(id, name, "here", null, 0, false);
    }

    /** One more. */
    Node add(String id, String name, SendHere operation) {
        Node node = node(id, name);
        others.put(node, operation);
        return node;
    }

    /** From now on that one answers so, and does nothing. */
    void answer(Node node, Answer answer) {
        instead.put(node, answer);
    }

    void disconnect() {
        connected = false;
        others.keySet().forEach(each -> instead.put(each, new Answer.Unavailable()));
    }

    /** The names of those that were asked. */
    List<String> asked() {
        return asked;
    }

    @Override
    public Node self() {
        return self;
    }

    @Override
    public List<Node> others() {
        return List.copyOf(others.keySet());
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
        return others.keySet().stream().filter(each -> each.id().equals(id)).findFirst();
    }

    @Override
    public CompletableFuture<Answer> ask(Node node, String operation, byte[] request) {
        asked.add(node.label());
        Answer other = instead.get(node);
        SendHere there = others.get(node);
        if (other != null || there == null) {
            return CompletableFuture.completedFuture(other == null ? new Answer.Lost() : other);
        }
        try {
            return CompletableFuture.completedFuture(new Answer.Given(there.answer(request)));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Map<Node, CompletableFuture<Answer>> ask(
            Collection<Node> nodes, String operation, byte[] request) {
        Map<Node, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
        nodes.forEach(each -> answers.put(each, ask(each, operation, request)));
        return answers;
    }
}
