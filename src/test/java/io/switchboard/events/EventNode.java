package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.InboundMessage;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A node with one peer, and with what {@code GET /events} is made of. */
final class EventNode {
    private static final EventFilter MESSAGES =
            new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.MESSAGE.word()));

    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream stream;
    private final String name;
    private final FakeCluster nodes;
    private final SseEncoder frames;
    private final EventPageHandler here;
    private final RemoteEventPages asks;
    private final PeerSession peer;

    /**
     * @param buffer how many events are kept
     */
    EventNode(String name, int buffer) {
        this.name = name;
        stream = EventFixtures.stream(registry, buffer);
        nodes = new FakeCluster(registry.boot(), name);
        frames = new SseEncoder(JsonMapper.shared(), nodes);
        here = new EventPageHandler(stream, frames);
        asks = new RemoteEventPages(nodes);
        peer = registry.open(PeerFixtures.listener("default"), new FakeLink());
    }

    String id() {
        return registry.boot();
    }

    String name() {
        return name;
    }

    /** Who it knows. */
    FakeCluster nodes() {
        return nodes;
    }

    EventPageHandler handler() {
        return here;
    }

    EventStream stream() {
        return stream;
    }

    void say(String text) {
        stream.message(peer, new InboundMessage(1, System.nanoTime(), text.getBytes(UTF_8)));
    }

    /** The number of its latest event. */
    long last() {
        try (Subscription now = stream.follow(MESSAGES, null)) {
            return now.after();
        }
    }

    /** What this node answers to another. */
    CompletableFuture<RpcResult<byte[]>> answer(byte[] request) {
        CompletableFuture<RpcResult<byte[]>> answer = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                answer.complete(
                                        new RpcResult.Answered<>(
                                                FakeCluster.execute(
                                                        here, request, System.nanoTime())));
                            } catch (InterruptedException e) {
                                answer.completeExceptionally(e);
                            }
                        });
        return answer;
    }

    /** Its messages and those of all nodes that it knows. */
    EventListener subscribe(@Nullable String lastEventId) {
        return subscribe(lastEventId, "");
    }

    /**
     * The same of one node only.
     *
     * @param of its name; empty for all
     */
    EventListener subscribe(@Nullable String lastEventId, String of) {
        Map<String, Long> after =
                lastEventId == null ? null : EventPositions.parse(lastEventId).orElseThrow();
        Predicate<Node> wanted = node -> of.isEmpty() || of.equals(node.name());
        return new EventListener(
                new EventService(stream, nodes, asks, frames)
                        .subscribe(
                                new EventService.Request(
                                        MESSAGES,
                                        wanted,
                                        after == null ? null : new TreeMap<>(after)))
                        .orElseThrow());
    }
}
