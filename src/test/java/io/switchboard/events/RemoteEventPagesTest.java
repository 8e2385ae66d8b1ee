package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcResult;
import io.switchboard.peer.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RemoteEventPagesTest {
    private final FakeCluster cluster = new FakeCluster("1bbbbb", "here");
    private final Node node = cluster.join("2bbbbb", "there");
    private final RemoteEventPages pages = new RemoteEventPages(cluster);
    private final List<CompletableFuture<RpcResult<byte[]>>> calls = new ArrayList<>();

    RemoteEventPagesTest() {
        cluster.answer(
                (_, _, _) -> {
                    calls.add(new CompletableFuture<>());
                    return calls.getLast();
                });
    }

    private CompletableFuture<RpcResult<EventPage>> get(String peer, long after) {
        return pages.get(
                node,
                new EventPage.Request(
                        Set.of(peer), Set.of(), Set.of(), Set.of(), after, Reach.ALL));
    }

    /** Answers the latest call. */
    private void answer(EventPage page) {
        calls.getLast().complete(new RpcResult.Answered<>(RpcCodec.encode(page)));
    }

    private static EventPage events(long next) {
        byte[] frame = "data: x\n\n".getBytes(UTF_8);
        return new EventPage(null, List.of(new EventPage.Encoded(next, frame)), next, false);
    }

    private static EventPage gap(long next) {
        return new EventPage(
                new Subscription.Gap(null, null, 0L), events(next).events(), next, false);
    }

    @Test
    void keepsAPageForTheNextSubscriber() {
        var _ = get("a", 7);
        answer(events(8));
        assertThat(get("a", 7)).isCompleted();
        assertThat(calls).hasSize(1);
    }

    /**
     * When the node has reached the position, a subscriber there would go back, again and again.
     */
    @Test
    void keepsNoPageForAPositionThatTheNodeHasNotReached() {
        var _ = get("a", 7);
        answer(gap(2));
        CompletableFuture<RpcResult<EventPage>> later = get("a", 7);
        assertThat(calls).hasSize(2);
        answer(events(8));
        assertThat(next(later)).isEqualTo(8);
    }

    /** Race: the node reaches the position while another subscriber waits for that page. */
    @Test
    void sharesNoPageForAPositionThatTheNodeHasNotReached() {
        CompletableFuture<RpcResult<EventPage>> first = get("a", 7);
        CompletableFuture<RpcResult<EventPage>> second = get("a", 7);
        assertThat(calls).hasSize(1);
        answer(gap(2));
        assertThat(next(first)).isEqualTo(2);
        assertThat(calls).hasSize(2);
        answer(events(8));
        assertThat(next(second)).isEqualTo(8);
    }

    /** Anyone may ask with many filters, whose texts are longer than the events. */
    @Test
    void theFiltersOfThePagesCountToo() {
        String filter = "p".repeat(5_000);
        for (int after = 1; after <= 1_000; after++) {
            var _ = get(filter, after);
            answer(events(after + 1));
        }
        var _ = get(filter, 1_000);
        assertThat(calls).hasSize(1_000);
        var _ = get(filter, 1);
        assertThat(calls).hasSize(1_001);
    }

    private static long next(CompletableFuture<RpcResult<EventPage>> page) {
        assertThat(page).isCompleted();
        return page.join().toOptional().orElseThrow().next();
    }
}
