package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcResult;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFixtures;
import io.switchboard.framing.Framing;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.receive.ReceiveFixtures;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the encoding between nodes, including nodes that run another release. */
class SendWireTest {
    private static final byte[] BYTES = {0, '\n', (byte) 0xff};

    private final KernelSockets kernel = KernelFixtures.sockets();
    private final Listener lines = PeerFixtures.listener("lines", "lf");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final LocalDelivery local =
            new LocalDelivery(
                    registry,
                    PeerFixtures.listeners(lines),
                    new AckTracker(kernel),
                    ReceiveFixtures.requestReply(registry),
                    EventFixtures.stream(registry),
                    DeliveryFixtures.budget());
    private final FakeCluster cluster = new FakeCluster(registry.boot(), "self");
    private final ClusterDelivery delivery =
            new ClusterDelivery(local, cluster, new IdempotencyStore(), Tracing.OFF);
    private final FakeLink link = new FakeLink();

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    // ---- this release

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"lf", "length:4", "delimiter:;"})
    void aRequestIsDecodedAsItWasEncoded(@Nullable String framing) {
        List<Target> to =
                List.of(
                        Target.parse("all"),
                        Target.parse("group:a:b"),
                        Target.parse("listener:gps"),
                        Target.parse("transport:udp"),
                        Target.parse("udp:192.0.2.7:9000"),
                        Target.parse("udp:[2001:db8::1]:9000@gps"),
                        Target.parse("00:1b:44:11:3a:b7"),
                        Target.parse("maschine-ü"));
        Send send =
                SendBuilder.to(to)
                        .exclude(to.reversed())
                        .payload(BYTES)
                        .text()
                        .framing(framing == null ? null : Framing.of(framing))
                        .split(true)
                        .finish()
                        .until(Wait.REPLY)
                        .timeout(Duration.ofMillis(1_234))
                        .results(Results.FAILED)
                        .require()
                        .build();
        ClusterDelivery.Request request = new ClusterDelivery.Request(send, "0bbbbb-d1", framing);
        assertThat(decode(request, ClusterDelivery.Request.class))
                .usingRecursiveComparison()
                .isEqualTo(request);
        assertThat(decode(send, Send.class).hash()).isEqualTo(send.hash());
    }

    @Test
    void aReportIsDecodedAsItWasEncoded() {
        DeliveryReport report =
                new DeliveryReport(
                        "0bbbbb-d1",
                        7,
                        1,
                        2,
                        3,
                        4,
                        5,
                        List.of(
                                new DeliveryReport.Result("a", new Outcome.Queued()),
                                new DeliveryReport.Result("b", new Outcome.Written(6)),
                                new DeliveryReport.Result("c", new Outcome.Acked(7)),
                                new DeliveryReport.Result(
                                        "d", new Outcome.Replied(8, BYTES, true, null)),
                                new DeliveryReport.Result(
                                        "e", new Outcome.Failed(true, FailureReason.RESET))),
                        List.of(
                                new DeliveryReport.Result(
                                        "ü", new Outcome.Failed(false, FailureReason.UNKNOWN))),
                        true,
                        List.of("n2"));
        assertThat(decode(report, NodeResult.class)).usingRecursiveComparison().isEqualTo(report);
    }

    @ParameterizedTest
    @EnumSource
    void aRejectionIsDecodedAsItWasEncoded(SendResult.Reason reason) {
        SendResult.Rejected rejected = new SendResult.Rejected(reason, "because");
        assertThat(decode(rejected, NodeResult.class)).isEqualTo(rejected);
    }

    /** Nodes of different releases rely on these words. */
    @Test
    void valuesHaveTheWordsOfTheApi() {
        Send send =
                SendBuilder.to(new Target.OfGroup("g"))
                        .payload(BYTES)
                        .framing(Framing.of("crlf"))
                        .until(Wait.ACKED)
                        .results(Results.NONE)
                        .build();
        Object encoded = decode(new ClusterDelivery.Request(send, "d1", null), Object.class);
        assertThat(encoded)
                .extracting("send")
                .extracting("to", "framing", "until", "results")
                .containsExactly(List.of("group:g"), "crlf", "acked", "none");
        Object result =
                decode(
                        new DeliveryReport.Result(
                                "a", new Outcome.Failed(true, FailureReason.RESET)),
                        Object.class);
        assertThat(result)
                .isEqualTo(
                        Map.of(
                                "peer",
                                "a",
                                "outcome",
                                Map.of("status", "failed", "accepted", true, "reason", "reset")));
    }

    // ---- another release

    @Test
    void aRequestWithUnknownFieldsAndValuesIsExecuted() throws Exception {
        registry.open(lines, link);
        Map<String, Object> send =
                Map.of(
                        "to", List.of("all"),
                        "payload", "hi".getBytes(ISO_8859_1),
                        "until", "read_by_a_human",
                        "results", "some",
                        "priority", Map.of("level", 7));
        DeliveryReport report = report(Map.of("send", send, "delivery", "d1", "colour", "red"));
        assertThat(report.id()).isEqualTo("d1");
        assertThat(report.written()).isOne();
        assertThat(link.text()).isEqualTo("hi\n");
    }

    @Test
    void aRequestWithMissingFieldsIsExecuted() throws Exception {
        registry.open(lines, link);
        assertThat(handle(Map.of())).isInstanceOf(SendResult.Rejected.class);
        assertThat(report(Map.of("send", Map.of())).matched()).isZero();
        assertThat(report(Map.of("send", Map.of("to", List.of("all")))).written()).isOne();
        assertThat(link.text()).isEqualTo("\n");
    }

    private DeliveryReport report(Map<String, Object> request) throws InterruptedException {
        return (DeliveryReport) handle(request);
    }

    private NodeResult handle(Map<String, Object> request) throws InterruptedException {
        byte[] answer = FakeCluster.execute(delivery, RpcCodec.encode(request), System.nanoTime());
        return RpcCodec.decode(answer, NodeResult.class).orElseThrow();
    }

    @Test
    void anAnswerWithUnknownFieldsAndValuesIsMerged() throws Exception {
        DeliveryReport report =
                merged(
                        Map.of(
                                "kind",
                                "report",
                                "matched",
                                4,
                                "written",
                                1,
                                "failed",
                                2,
                                "postponed",
                                1,
                                "listed",
                                List.of(
                                        result(
                                                "a",
                                                Map.of("status", "written", "bytes", 3, "x", 1)),
                                        result("b", Map.of("status", "failed", "reason", "bored")),
                                        result("c", Map.of("status", "postponed", "until", 9)),
                                        result(
                                                "d",
                                                Map.of("status", "failed", "reason", "reset")))));
        assertThat(report.matched()).isEqualTo(4);
        assertThat(report.written()).isOne();
        assertThat(report.failed()).isEqualTo(2);
        assertThat(report.results())
                .containsExactly(
                        new DeliveryReport.Result("a", new Outcome.Written(3)),
                        new DeliveryReport.Result("b", failed(FailureReason.OTHER)),
                        new DeliveryReport.Result("c", failed(FailureReason.OTHER)),
                        new DeliveryReport.Result("d", failed(FailureReason.RESET)));
    }

    @Test
    void anAnswerWithMissingFieldsIsMerged() throws Exception {
        DeliveryReport report =
                merged(
                        Map.of(
                                "kind",
                                "report",
                                "matched",
                                3,
                                "listed",
                                List.of(
                                        Map.of("peer", "a"),
                                        result("b", Map.of()),
                                        result("c", Map.of("status", "replied")))));
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.failed()).isZero();
        assertThat(report.results())
                .usingRecursiveComparison()
                .isEqualTo(
                        List.of(
                                new DeliveryReport.Result("a", failed(FailureReason.OTHER)),
                                new DeliveryReport.Result("b", failed(FailureReason.OTHER)),
                                new DeliveryReport.Result(
                                        "c", new Outcome.Replied(0, new byte[0], false, null))));
        assertThat(merged(Map.of("kind", "report")).matched()).isZero();
    }

    @Test
    void anUnknownKindOrReasonIsReadAsARejection() throws Exception {
        for (Map<String, Object> answer :
                List.<Map<String, Object>>of(
                        Map.of("kind", "deferred", "detail", "later"),
                        Map.of("detail", "later"),
                        Map.of("kind", "rejected", "reason", "bored", "detail", "later"))) {
            assertThat(result(answer))
                    .as("%s", answer)
                    .isEqualTo(new SendResult.Rejected(SendResult.Reason.OTHER, "later"));
        }
        assertThat(((SendResult.Rejected) result(Map.of())).detail()).isNotBlank();
    }

    private DeliveryReport merged(Map<String, Object> answer) throws InterruptedException {
        return (DeliveryReport) result(answer);
    }

    /** Returns the result of a message to a group, for which another node gives this answer. */
    private NodeResult result(Map<String, Object> answer) throws InterruptedException {
        cluster.join("9zzzzz", "n2");
        cluster.answer(
                (_, _, _) ->
                        CompletableFuture.completedFuture(
                                new RpcResult.Answered<>(RpcCodec.encode(answer))));
        Send send =
                SendBuilder.to(new Target.OfGroup("g")).payload(BYTES).results(Results.ALL).build();
        return delivery.send(send, null);
    }

    private static Map<String, Object> result(String peer, Map<String, Object> outcome) {
        return Map.of("peer", peer, "outcome", outcome);
    }

    private static Outcome.Failed failed(FailureReason reason) {
        return new Outcome.Failed(false, reason);
    }

    private static <T> T decode(Object value, Class<T> type) {
        return RpcCodec.decode(RpcCodec.encode(value), type).orElseThrow();
    }
}
