package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Requests for events between nodes, some of them of other releases. */
class EventRpcTest {
    private final EventNode node = new EventNode("a", 100);

    private static EventPage.Request request(Map<String, Object> fields) {
        return RpcCodec.decode(RpcCodec.encode(fields), EventPage.Request.class).orElseThrow();
    }

    private EventPage handled(Map<String, Object> fields) throws InterruptedException {
        EventPageHandler handler = node.handler();
        byte[] answer = FakeCluster.execute(handler, RpcCodec.encode(fields), System.nanoTime());
        return RpcCodec.decode(answer, EventPage.class).orElseThrow();
    }

    @Test
    void aRequestArrivesAsItWasSent() {
        EventPage.Request request =
                new EventPage.Request(
                        Set.of("plc-1", "k\u00e4lte"),
                        Set.of("g"),
                        Set.of(),
                        Set.of("closed", "teleported"),
                        17,
                        Reach.ALL);
        assertThat(RpcCodec.decode(RpcCodec.encode(request), EventPage.Request.class))
                .hasValue(request);
    }

    @Test
    void anAnswerArrivesAsItWasSent() {
        EventPage sent =
                new EventPage(
                        new Subscription.Gap(null, null, 4),
                        List.of(
                                new EventPage.Encoded(5, "five".getBytes(UTF_8)),
                                new EventPage.Encoded(7, new byte[0])),
                        9,
                        true);
        EventPage page = RpcCodec.decode(RpcCodec.encode(sent), EventPage.class).orElseThrow();
        assertThat(page).usingRecursiveComparison().isEqualTo(sent);
        assertThat(page.hasContent()).isTrue();
    }

    /** A later release may send more, and an event type that this one does not know. */
    @Test
    void ignoresWhatALaterReleaseAdds() throws Exception {
        node.publish("1");
        EventPage page =
                handled(
                        Map.of(
                                "types",
                                Set.of("message", "teleported"),
                                "priority",
                                Map.of("high", true),
                                "after",
                                node.last() - 1));
        assertThat(page.events()).hasSize(1);
        assertThat(page.next()).isEqualTo(node.last());
    }

    /** A filter of nothing but unknown types must not turn into one of all types. */
    @Test
    void anUnknownTypeMatchesNoEvent() {
        node.publish("1");
        EventFilter filter = request(Map.of("types", Set.of("teleported"))).filter();
        try (Subscription subscription = node.stream().subscribeRemote(filter, node.last() - 1)) {
            assertThat(subscription.read().events()).isEmpty();
        }
    }

    /** Missing sets are empty, and a request without a position begins with the first event. */
    @Test
    void missingFieldsSelectEverything() throws Exception {
        node.publish("1");
        EventPage page = handled(Map.of());
        assertThat(page.gap()).isNull();
        assertThat(page.events()).hasSize(2);
        assertThat(page.last()).isFalse();
    }

    @Test
    void anAnswerWithMissingFieldsHasNoContent() {
        EventPage page =
                RpcCodec.decode(RpcCodec.encode(Map.of("next", 9)), EventPage.class).orElseThrow();
        assertThat(page.hasContent()).isFalse();
        assertThat(page.next()).isEqualTo(9);
        EventPage bare =
                RpcCodec.decode(
                                RpcCodec.encode(Map.of("events", List.of(Map.of("seq", 5)))),
                                EventPage.class)
                        .orElseThrow();
        assertThat(bare.events().getFirst().frame()).isEmpty();
        assertThat(bare.bytes()).isZero();
    }
}
