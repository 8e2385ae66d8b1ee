package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests and answers of a release that knows more fields than this one, or fewer. */
class NodesOfOtherReleasesTest {
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final FakeCluster cluster = new FakeCluster(registry.boot(), "here");
    private final QueryFixtures services = new QueryFixtures(registry, cluster, listener);

    private static <Q, A> A ask(RpcHandler<Q, A> handler, Map<String, ?> request)
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
    void aListIgnoresFieldsThatItDoesNotKnow() throws Exception {
        peer("a");
        peer("b");
        Map<String, ?> query =
                Map.of(
                        "filter", Map.of("name", "a", "colour", "red"),
                        "sort", Map.of("key", "CONNECTED_AT", "stable", true));
        PeerListService.Answer answer =
                ask(services.lists(), Map.of("query", query, "most", 10, "fast", 1));
        assertThat(answer.total()).isOne();
        assertThat(answer.entries()).hasSize(1);
    }

    @Test
    void aCommandIgnoresFieldsThatItDoesNotKnowAndDefaultsThoseThatAreMissing() throws Exception {
        PeerSession session = peer("a");
        PeerService.Answer read = ask(services.peers(), Map.of("peer", "a", "trace", "x"));
        assertThat(read.refusal()).isNull();
        PeerService.Answer changed =
                ask(
                        services.peers(),
                        Map.of("peer", "a", "change", Map.of("name", "b", "mood", "good")));
        assertThat(changed.refusal()).isNull();
        assertThat(session.name()).isEqualTo("b");
        CloseService.Answer closed =
                ask(services.closes(), Map.of("to", List.of("b"), "farewell", Map.of()));
        assertThat(closed.closed()).isOne();
    }

    @Test
    void rowsOfANodeThatDoesNotKnowAFilterAreFilteredHere() {
        answer(Map.of("total", 2, "entries", List.of(entry(1, "wanted"), entry(2, "other"))));
        PeerFilter filter = new PeerFilter(null, "wanted", null, null, null, null);
        PeerPage page =
                services.lists().page(new PeerQuery(filter, PeerSort.DEFAULT, false), 10, null);
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
    void aNodeThatDoesNotKnowARequestIsReportedAsMissing() {
        answer(null);
        peer("a");
        PeerQuery query = new PeerQuery(PeerFilter.of(null, null), PeerSort.parse("idle"), false);
        PeerPage page = services.lists().page(query, 10, null);
        assertThat(page.peers()).hasSize(1);
        assertThat(page.partial()).isTrue();
        assertThat(page.missing()).containsExactly("there");
        Refusals.assertRefused(
                () -> services.peers().get("5bbbbb-1"),
                Refusal.Reason.NODE_FAILED,
                "release",
                "upgrade");
    }

    /** The other node answers this; null if it does not know the request. */
    private void answer(@Nullable Map<String, ?> answer) {
        cluster.come("5bbbbb", "there");
        cluster.answer(
                (_, _, _) ->
                        CompletableFuture.completedFuture(
                                answer == null
                                        ? new RpcResult.Failed<>(RpcFailure.UNSUPPORTED)
                                        : new RpcResult.Answered<>(RpcCodec.encode(answer))));
    }
}
