package io.switchboard.query;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Requests and answers between this release and nodes whose release knows more or fewer fields,
 * filters and requests.
 */
class NodesOfOtherReleasesTest {
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final FakeCluster cluster = new FakeCluster(registry.boot(), "here");
    private final QueryFixtures services = new QueryFixtures(registry, cluster, listener);

    private static <Q, A> A execute(RpcHandler<Q, A> handler, Map<String, ?> request)
            throws InterruptedException {
        byte[] answer = FakeCluster.execute(handler, RpcCodec.encode(request), System.nanoTime());
        return RpcCodec.decode(answer, handler.method().answer()).orElseThrow();
    }

    private PeerSession peer(String name) {
        PeerSession session = registry.open(listener, new FakeLink());
        registry.rename(session, name);
        return session;
    }

    @Test
    void aListRequestIgnoresUnknownFields() throws Exception {
        peer("a");
        peer("b");
        Map<String, ?> query =
                Map.of(
                        "filter", Map.of("name", "a", "colour", "red"),
                        "sort", Map.of("key", "CONNECTED_AT", "stable", true));
        PeerListService.Answer answer =
                execute(services.lists(), Map.of("query", query, "most", 10, "fast", 1));
        assertThat(answer.total()).isOne();
        assertThat(answer.entries()).hasSize(1);
    }

    @Test
    void aCommandIgnoresUnknownFieldsAndUsesDefaultsForMissingOnes() throws Exception {
        PeerSession session = peer("a");
        PeerService.Answer read = execute(services.peers(), Map.of("peer", "a", "trace", "x"));
        assertThat(read.refusal()).isNull();
        PeerService.Answer changed =
                execute(
                        services.peers(),
                        Map.of("peer", "a", "change", Map.of("name", "b", "mood", "good")));
        assertThat(changed.refusal()).isNull();
        assertThat(session.name()).isEqualTo("b");
        CloseService.Answer closed =
                execute(services.closes(), Map.of("to", List.of("b"), "farewell", Map.of()));
        assertThat(closed.closed()).isOne();
    }

    @Test
    void filtersTheRowsOfANodeThatDoesNotKnowTheFilter() {
        answer(Map.of("total", 2, "entries", List.of(entry(1, "wanted"), entry(2, "other"))));
        PeerFilter filter = new PeerFilter(null, "wanted", null, null, null, null);
        PeerPage page =
                services.lists()
                        .page(new PeerQuery(filter, PeerSort.DEFAULT, false, Reach.ALL), 10, null);
        assertThat(page.peers()).extracting(row -> row.peer().name()).containsExactly("wanted");
        assertThat(page.partial()).isNull();
    }

    private static Map<String, ?> entry(long seq, String name) {
        Map<String, ?> id = Map.of("boot", 5, "seq", seq);
        Map<String, ?> address = Map.of("host", "127.0.0.1", "port", 1);
        return Map.of(
                "position", Map.of("rank", seq, "id", id),
                "row",
                        Map.of(
                                "peer",
                                        Map.of(
                                                "id",
                                                id,
                                                "name",
                                                name,
                                                "peername",
                                                address,
                                                "sockname",
                                                address,
                                                "weather",
                                                "fine"),
                                "readAt",
                                        RpcCodec.decode(
                                                        RpcCodec.encode(Instant.EPOCH),
                                                        Object.class)
                                                .orElseThrow()));
    }

    @Test
    void reportsANodeThatDoesNotKnowTheRequestAsMissing() {
        answer(null);
        peer("a");
        PeerQuery query =
                new PeerQuery(PeerFilter.of(null, null), PeerSort.parse("idle"), false, Reach.ALL);
        PeerPage page = services.lists().page(query, 10, null);
        assertThat(page.peers()).hasSize(1);
        assertThat(page.partial()).isTrue();
        assertThat(page.missing()).containsExactly("there");
        Refusals.assertRefused(
                () -> services.peers().get("5bbbbb-1", Reach.ALL),
                Rejection.Reason.NODE_FAILED,
                "release",
                "upgrade");
    }

    /** Lets the other node send this answer; if null, the node does not know the request. */
    private void answer(@Nullable Map<String, ?> answer) {
        cluster.join("5bbbbb", "there");
        cluster.answer(
                (_, _, _) ->
                        CompletableFuture.completedFuture(
                                answer == null
                                        ? new RpcResult.Failed<>(RpcFailure.UNSUPPORTED)
                                        : new RpcResult.Answered<>(RpcCodec.encode(answer))));
    }

    @Test
    void readsTheStatesOfPeersOfOtherReleases() {
        PeerSession session = peer("a");
        session.inputEnded(HalfClose.OPEN, Duration.ofMinutes(5), null);
        byte[] row = RpcCodec.encode(session.snapshot());
        assertThat(decode(row).state()).isEqualTo(PeerState.HALF_CLOSED);
        // a state that this release does not know is null until the record sets its default
        byte[] later =
                new String(row, ISO_8859_1)
                        .replace("HALF_CLOSED", "HALF_OPENED")
                        .getBytes(ISO_8859_1);
        assertThat(decode(later).state()).isEqualTo(PeerState.OPEN);
    }

    private static PeerSnapshot decode(byte[] row) {
        return RpcCodec.decode(row, PeerSnapshot.class).orElseThrow();
    }
}
