package io.switchboard.node;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A single node: there is nobody to ask. */
public final class Alone implements Nodes {
    private final Supplier<Node> self;

    /**
     * @param self what it would say of itself now
     */
    public Alone(Supplier<Node> self) {
        this.self = self;
    }

    @Override
    public Node self() {
        return self.get();
    }

    @Override
    public List<Node> others() {
        return List.of();
    }

    @Override
    public boolean single() {
        return true;
    }

    @Override
    public boolean connected() {
        return true;
    }

    @Override
    public Optional<Node> find(String id) {
        return Optional.empty();
    }

    @Override
    public CompletableFuture<Answer> ask(Node node, String operation, byte[] request) {
        return CompletableFuture.completedFuture(new Answer.Lost());
    }

    @Override
    public Map<Node, CompletableFuture<Answer>> ask(
            Collection<Node> nodes, String operation, byte[] request) {
        return Map.of();
    }
}
