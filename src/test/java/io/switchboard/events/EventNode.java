package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A node with one peer and with the services behind {@code GET /events}. */
final class EventNode {
    private static final EventFilter MESSAGES =
            new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.MESSAGE.word()));

    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream stream;
    private final String name;
    private final FakeCluster cluster;
    private final SseEncoder encoder;
    private final EventPageHandler handler;
    private final RemoteEventPages pages;
    private final PeerSession peer;

    /**
     * @param buffer the maximum number of events in the buffer
     */
    EventNode(String name, int buffer) {
        this.name = name;
        stream = EventFixtures.stream(registry, buffer);
        cluster = new FakeCluster(registry.boot(), name);
        encoder = new SseEncoder(JsonMapper.shared(), cluster);
        handler = new EventPageHandler(stream, encoder);
        pages = new RemoteEventPages(cluster);
        peer = registry.open(PeerFixtures.listener("default"), new FakeLink());
    }

    String id() {
        return registry.boot();
    }

    String name() {
        return name;
    }

    /** Returns the cluster as this node sees it. */
    FakeCluster cluster() {
        return cluster;
    }

    EventPageHandler handler() {
        return handler;
    }

    EventStream stream() {
        return stream;
    }

    /** Publishes a message of the peer. */
    void publish(String text) {
        stream.message(peer, new InboundMessage(1, System.nanoTime(), text.getBytes(UTF_8), false));
    }

    /** Returns the number of the latest event. */
    long last() {
        try (Subscription now = stream.subscribeRemote(MESSAGES, null)) {
            return now.after();
        }
    }

    /** Returns the pending answer to an encoded request of another node. */
    CompletableFuture<RpcResult<byte[]>> answer(byte[] request) {
        CompletableFuture<RpcResult<byte[]>> answer = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                answer.complete(
                                        new RpcResult.Answered<>(
                                                FakeCluster.execute(
                                                        handler, request, System.nanoTime())));
                            } catch (InterruptedException e) {
                                answer.completeExceptionally(e);
                            }
                        });
        return answer;
    }

    /** Subscribes to the messages of all nodes. */
    TestSubscriber subscribe(@Nullable String lastEventId) {
        return subscribe(lastEventId, "");
    }

    /**
     * Subscribes to the messages of one node or of all nodes.
     *
     * @param of the name of the node; empty for all nodes
     */
    TestSubscriber subscribe(@Nullable String lastEventId, String of) {
        Map<String, Long> after =
                lastEventId == null ? null : EventPositions.parse(lastEventId).orElseThrow();
        Predicate<Node> wanted = node -> of.isEmpty() || of.equals(node.name());
        return new TestSubscriber(
                new EventService(stream, cluster, pages, encoder)
                        .subscribe(
                                new EventService.Request(
                                        MESSAGES,
                                        wanted,
                                        after == null ? null : new TreeMap<>(after)))
                        .orElseThrow());
    }
}
