package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.Reach;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.tracing.TracingFixtures;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RpcServerTest {
    private final BlockingQueue<Envelope> sent = new LinkedBlockingQueue<>();
    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RpcBudget budget = new RpcBudget(16_000_000);
    private volatile long now = 1_000;
    private volatile long handledSentAt;
    private volatile Function<String, String> behavior = text -> text + "!";

    private final RpcServer server =
            new RpcServer(
                    () -> List.of(new Shout(), new Count()),
                    request -> request.expires() < now,
                    at -> at + 5,
                    "1ccccc",
                    budget,
                    (node, message) -> {
                        assertThat(node).isEqualTo("0bbbbb");
                        sent.add(message);
                    },
                    meters,
                    TracingFixtures.tracing(exporter, 1));

    private final class Shout implements RpcHandler<String, String> {
        @Override
        public RpcMethod<String, String> method() {
            return new RpcMethod<>("shout", String.class, String.class);
        }

        @Override
        public String handle(String request, long sentAt) {
            handledSentAt = sentAt;
            return behavior.apply(request);
        }
    }

    private record Counted(@Nullable Reach of) implements Scoped {
        @Override
        public Reach reach() {
            return Reach.orAll(of);
        }
    }

    private static final class Count implements RpcHandler<Counted, String> {
        @Override
        public RpcMethod<Counted, String> method() {
            return new RpcMethod<>("count", Counted.class, String.class);
        }

        @Override
        public String handle(Counted request, long sentAt) {
            return "done";
        }
    }

    /** A restricted reach has its own method name, so that no release can overlook it. */
    @ParameterizedTest
    @CsvSource({
        "count, false, ANSWERED",
        "count+reach, true, ANSWERED",
        "count, true, FAULTY",
        "count+reach, false, FAULTY",
        "other+reach, true, UNSUPPORTED"
    })
    void executesARequestOnlyWithTheReachThatItsMethodAnnounces(
            String method, boolean restricted, Envelope.Outcome outcome) throws Exception {
        Reach some = new Reach(Set.of(), Set.of("a"));
        Counted request = new Counted(restricted ? some : null);
        byte[] body = RpcCodec.encode(request);
        server.execute(Envelope.request("0bbbbb", 7, 900, 1_000, method, body, Map.of()));
        assertThat(reply().outcome()).isEqualTo(outcome);
        assertThat(Scoped.methodName("count", request))
                .isEqualTo(restricted ? "count+reach" : "count");
    }

    private static Envelope request(long id, String method, String text, long expires) {
        return request(id, method, text, expires, Map.of());
    }

    private static Envelope request(
            long id, String method, String text, long expires, Map<String, String> trace) {
        return Envelope.request("0bbbbb", id, 900, expires, method, RpcCodec.encode(text), trace);
    }

    private Envelope reply() throws InterruptedException {
        Envelope message = sent.poll(GeneralLimit.SECONDS, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        assertThat(message.kind()).isEqualTo(Envelope.Kind.RESULT);
        return message;
    }

    @Test
    void executesARequestAndSendsItsAnswer() throws Exception {
        server.execute(request(7, "shout", "hello", 1_000));
        Envelope reply = reply();
        assertThat(reply.id()).isEqualTo(7);
        assertThat(reply.outcome()).isEqualTo(Envelope.Outcome.ANSWERED);
        assertThat(reply.body()).isEqualTo(RpcCodec.encode("hello!"));
        assertThat(handledSentAt).as("by this node's clock").isEqualTo(905);
        assertThat(count("done")).isOne();
    }

    @Test
    void executesARequestInTheTraceOfItsCaller() throws Exception {
        String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        Map<String, String> trace = Map.of("traceparent", traceparent);
        server.execute(request(6, "shout", "untraced", 1_000));
        reply();
        server.execute(request(7, "shout", "hello", 1_000, trace));
        reply();
        await().until(() -> !exporter.getFinishedSpanItems().isEmpty());
        assertThat(exporter.getFinishedSpanItems())
                .singleElement()
                .satisfies(
                        span -> {
                            assertThat(span.getName()).isEqualTo("cluster shout");
                            assertThat(span.getTraceId())
                                    .isEqualTo("0af7651916cd43dd8448eb211c80319c");
                            assertThat(span.getParentSpanId()).isEqualTo("b7ad6b7169203331");
                            assertThat(span.getAttributes().asMap().values())
                                    .containsExactly("1ccccc");
                        });
    }

    /** The caller has stopped waiting and has told its client that nothing may have been done. */
    @Test
    void dropsAnExpiredRequestWithoutAnAnswer() throws Exception {
        List<String> done = new java.util.concurrent.CopyOnWriteArrayList<>();
        behavior =
                text -> {
                    done.add(text);
                    return text;
                };
        server.execute(request(7, "shout", "late", 999));
        await().until(() -> count("expired") == 1);
        server.execute(request(8, "shout", "in time", 1_000));
        assertThat(reply().id()).isEqualTo(8);
        assertThat(done).containsExactly("in time");
        assertThat(sent).isEmpty();
    }

    @Test
    void refusesAnUnknownMethod() throws Exception {
        server.execute(request(7, "whisper", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.UNSUPPORTED);
        assertThat(count("refused")).isOne();
    }

    @Test
    void answersFaultyIfTheHandlerThrows() throws Exception {
        behavior =
                _ -> {
                    throw new IllegalStateException("for the test");
                };
        server.execute(request(7, "shout", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.FAULTY);
    }

    @Test
    void reportsALongExecutionAsInProgress() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        behavior =
                text -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return text;
                };
        long start = System.nanoTime();
        server.execute(request(7, "shout", "hello", 1_000));
        server.reportProgress();
        if (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(300)) {
            assertThat(sent).isEmpty(); // too short to be reported yet
        }
        await().until(
                        () -> {
                            server.reportProgress();
                            return !sent.isEmpty();
                        });
        Envelope first = sent.take();
        assertThat(first)
                .usingRecursiveComparison()
                .isEqualTo(Envelope.inProgress("1ccccc", new long[] {7}));
        sent.clear();
        end.countDown();
        assertThat(reply().id()).isEqualTo(7);
        await().untilAsserted(
                        () -> {
                            sent.clear();
                            server.reportProgress();
                            assertThat(sent).isEmpty();
                        });
    }

    /** Requests that wait for a processor or for a peer must not fill the heap. */
    @Test
    void refusesRequestsBeyondItsLimitAtOnce() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        behavior =
                text -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return "";
                };
        String large = "x".repeat(1_000_000);
        int held = refused(large);
        assertThat(held).as("of 2 MB each, in three quarters").isEqualTo(5);
        // others still ask short questions, as many as fit into the rest
        int rest = refused("?");
        assertThat(rest).isBetween(3_000, 6_000);
        assertThat(budget.used()).isBetween(15_900_000L, budget.limit());
        end.countDown();
        await().until(() -> count("done") == held + rest);
        await().until(() -> budget.used() == 0);
        sent.clear();
        server.execute(request(held, "shout", large, 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.ANSWERED);
    }

    /** Sends such requests until one is refused; returns the number of the others. */
    private int refused(String text) throws InterruptedException {
        int executed = 0;
        while (sent.isEmpty() && executed < 100_000) {
            server.execute(request(executed, "shout", text, 1_000));
            executed++;
        }
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.BUSY);
        return executed - 1;
    }

    private double count(String result) {
        return meters.get("switchboard.cluster.commands").tag("result", result).counter().count();
    }
}
