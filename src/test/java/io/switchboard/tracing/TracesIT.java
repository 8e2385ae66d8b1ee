package io.switchboard.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import io.switchboard.tracing.OtlpCollector.Received;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** A collector receives traces and metrics by OTLP. */
@WithService
@TestPropertySource(
        properties = {
            "management.tracing.sampling.probability=1",
            "management.opentelemetry.tracing.export.schedule-delay=100ms",
            "management.otlp.metrics.export.step=1s",
            "switchboard.listeners.durable.port=0",
            "switchboard.listeners.durable.webhook.store=durable",
            "switchboard.listeners.durable.webhook.events=message"
        })
class TracesIT {
    private static final BackEnds BACK_ENDS = new BackEnds();
    private static final OtlpCollector COLLECTOR = new OtlpCollector();
    private static final String SECRET = "a-payload-that-nobody-may-see";

    private final RunningService service;
    private final Api api;
    private final Environment environment;

    TracesIT(@Autowired RunningService service, @Autowired Environment environment) {
        this.service = service;
        this.api = service.api();
        this.environment = environment;
    }

    @DynamicPropertySource
    static void urls(DynamicPropertyRegistry properties) {
        properties.add(
                "management.opentelemetry.tracing.export.otlp.endpoint",
                () -> COLLECTOR.url("/v1/traces"));
        properties.add("management.otlp.metrics.export.url", () -> COLLECTOR.url("/v1/metrics"));
        for (String listener : List.of("default", "durable")) {
            properties.add(
                    "switchboard.listeners." + listener + ".webhook.url",
                    () -> BACK_ENDS.url("/" + listener));
        }
    }

    private Api.Answer send(String to, String type, String body, String traceparent) {
        return api.answer(
                api.request("/send" + to)
                        .header("Content-Type", type)
                        .header("traceparent", traceparent)
                        .POST(BodyPublishers.ofString(body)));
    }

    @Test
    void aSendContinuesTheTraceOfItsCaller() throws Exception {
        String trace = "11111111111111111111111111111111";
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer =
                    send("?to=" + id, Api.FORM, SECRET, "00-" + trace + "-00000000000000a1-01");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            Received span = COLLECTOR.await(trace, 1).getFirst();
            assertThat(span.name()).isEqualTo("/send");
            assertThat(span.kind()).isEqualTo("SERVER");
            assertThat(span.parent()).isEqualTo("00000000000000a1");
            assertThat(span.attributes())
                    .containsEntry("http.request.method", "POST")
                    .containsEntry("http.response.status_code", "200")
                    .containsEntry("switchboard.delivery", answer.json().get("id").asString())
                    .containsEntry("switchboard.matched", "1")
                    .containsEntry("switchboard.written", "1")
                    .containsEntry("switchboard.failed", "0");
            assertThat(span.toString()).doesNotContain(SECRET).doesNotContain(id);
        }
    }

    @Test
    void aRefusedSendHasItsStatus() {
        String trace = "22222222222222222222222222222222";
        send("?to=nobody", Api.FORM, "hi", "00-" + trace + "-00000000000000a2-01");
        Received span = COLLECTOR.await(trace, 1).getFirst();
        assertThat(span.attribute("http.response.status_code")).isEqualTo("404");
        assertThat(span.attribute("switchboard.failed")).isEqualTo("1");
        assertThat(span.failed()).as("a fault of the caller").isFalse();
    }

    @Test
    void eachLineOfABulkSendIsAPartOfIt() throws Exception {
        String trace = "33333333333333333333333333333333";
        try (RawClient client = service.connect()) {
            String line = "{\"to\":\"%s\",\"text\":\"x\"}\n".formatted(api.idOf(client));
            send("", "application/x-ndjson", line + line, "00-" + trace + "-00000000000000a3-01");
        }
        List<Received> spans = COLLECTOR.await(trace, 3);
        Received request =
                spans.stream()
                        .filter(each -> each.kind().equals("SERVER"))
                        .findFirst()
                        .orElseThrow();
        assertThat(spans)
                .filteredOn(each -> each.name().equals("send"))
                .hasSize(2)
                .allMatch(each -> each.parent().equals(request.id()))
                .allMatch(each -> each.attribute("switchboard.written").equals("1"));
    }

    @Test
    void aSendThatItsCallerDoesNotSampleIsNotExported() throws Exception {
        String unsampled = "44444444444444444444444444444444";
        String sampled = "55555555555555555555555555555555";
        send("?to=nobody", Api.FORM, "hi", "00-" + unsampled + "-00000000000000a4-00");
        send("?to=nobody", Api.FORM, "hi", "00-" + sampled + "-00000000000000a5-01");
        COLLECTOR.await(sampled, 1);
        assertThat(COLLECTOR.trace(unsampled)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "durable"})
    void aMessageAndEachAttemptOfItsWebhookAreOneTrace(String listener) throws Exception {
        String path = "/" + listener;
        AtomicInteger attempts = new AtomicInteger();
        BACK_ENDS.on(
                path,
                (post, reply) -> {
                    if (post.isMessage() && attempts.incrementAndGet() == 1) {
                        reply.status(503);
                    }
                });
        try (RawClient client = RawClient.connect(service.port(listener))) {
            String id = api.idOf(client);
            client.send(SECRET + "\n");
            await().until(() -> messages(path).size() == 2);
            List<Post> posts = messages(path);
            String trace = posts.getFirst().header("Traceparent").substring(3, 35);
            List<Received> spans = COLLECTOR.await(trace, 3);
            assertThat(spans).extracting(Received::name).contains("message", "webhook");
            Received message = spans.stream().filter(this::isMessage).findFirst().orElseThrow();
            assertThat(message.parent()).isEmpty();
            assertThat(message.attribute("switchboard.listener")).isEqualTo(listener);
            assertThat(message.attribute("switchboard.peer")).isEqualTo(id);
            List<Received> attemptsOf =
                    spans.stream()
                            .filter(each -> each.kind().equals("CLIENT"))
                            .sorted(
                                    Comparator.comparing(
                                            each -> each.attribute("switchboard.attempt")))
                            .toList();
            assertThat(attemptsOf).hasSize(2).allMatch(each -> each.parent().equals(message.id()));
            assertThat(attemptsOf).extracting(Received::failed).containsExactly(true, false);
            assertThat(attemptsOf)
                    .extracting(each -> "00-" + trace + "-" + each.id() + "-01")
                    .isEqualTo(posts.stream().map(each -> each.header("Traceparent")).toList());
            assertThat(spans.toString()).doesNotContain(SECRET);
        }
    }

    private boolean isMessage(Received span) {
        return span.name().equals("message");
    }

    private static List<Post> messages(String path) {
        return BACK_ENDS.at(path).stream().filter(Post::isMessage).toList();
    }

    /** The event of a connection has no message: its post begins a trace. */
    @Test
    void thePostOfAnotherEventIsATraceOfItsOwn() throws Exception {
        BACK_ENDS.on("/default", (_, _) -> {});
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Post connected = BACK_ENDS.await("/default", id, 1).getFirst();
            String trace = connected.header("Traceparent").substring(3, 35);
            assertThat(COLLECTOR.await(trace, 1))
                    .singleElement()
                    .satisfies(span -> assertThat(span.parent()).isEmpty());
        }
    }

    @Test
    void theMetersAreExported() {
        await().untilAsserted(
                        () ->
                                assertThat(COLLECTOR.meters())
                                        .contains("switchboard.webhook.posted.events"));
        assertThat(api.get("/actuator/prometheus").body())
                .contains("switchboard_webhook_posted_events_total");
    }

    @Test
    void logLinesHaveTheIds() {
        assertThat(environment.getProperty("logging.expect-correlation-id")).isEqualTo("true");
    }
}
