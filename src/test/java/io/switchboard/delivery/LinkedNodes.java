package io.switchboard.delivery;

import io.switchboard.node.Answer;
import io.switchboard.node.FakeNodes;
import io.switchboard.node.Node;
import io.switchboard.node.Nodes;
import io.switchboard.node.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Nodes in one JVM, each of which sends to its own peers, or answers as it is told. */
final class LinkedNodes {
    private final FakeNodes nodes;
    private final Map<Node, SendHere> others = new HashMap<>();
    private final Map<Node, Answer> instead = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private @Nullable Runnable meanwhile;
    private OptionalLong moment = OptionalLong.empty();

    LinkedNodes(String self) {
        nodes = new FakeNodes(self, "self");
        nodes.answer((node, _, request) -> CompletableFuture.completedFuture(ask(node, request)));
    }

    /** One more. */
    Node add(String id, String name, SendHere operation) {
        Node node = nodes.come(id, name);
        others.put(node, operation);
        return node;
    }

    /** From now on that one answers so, and does nothing. */
    void answer(Node node, Answer answer) {
        instead.put(node, answer);
    }

    /** This happens once, after all have been asked the next, and before any of them begins. */
    void meanwhile(Runnable happening) {
        meanwhile = happening;
    }

    void disconnect() {
        nodes.connected(false);
        others.keySet().forEach(each -> instead.put(each, new Answer.Unavailable()));
    }

    /** The names of those that were asked. */
    List<String> asked() {
        return asked;
    }

    /** As one of them sees all. */
    Nodes nodes() {
        return nodes;
    }

    private Answer ask(Node node, byte[] request) {
        Runnable happening = meanwhile;
        if (happening != null) {
            moment = OptionalLong.of(System.nanoTime());
            meanwhile = null;
            happening.run();
        }
        asked.add(node.label());
        Answer other = instead.get(node);
        SendHere there = others.get(node);
        if (other != null || there == null) {
            return other == null ? new Answer.Lost() : other;
        }
        try {
            return new Answer.Given(
                    there.answer(new Request(request, moment.orElseGet(System::nanoTime))));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
