package io.switchboard.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final Map<String, String> SAMPLED = caller("01");

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();

    private static Map<String, String> caller(String flags) {
        return Map.of("traceparent", "00-" + TRACE + "-" + CALLER + "-" + flags);
    }

    private static void close(@Nullable TraceSpan span) {
        Objects.requireNonNull(span).close();
    }

    /** Receives a message and posts it; returns the headers of the post. */
    private static Map<String, String> messageAndPost(Tracing tracing) {
        TraceContext context;
        try (TraceSpan _ = tracing.message("message")) {
            context = tracing.context();
        }
        Map<String, String> headers = new HashMap<>();
        try (TraceSpan _ = tracing.post("webhook", context)) {
            tracing.writeTo(headers::put);
        }
        return headers;
    }

    @Test
    void continuesTheTraceOfACaller() {
        Tracing tracing = TracingFixtures.tracing(exporter, 0.5);
        try (TraceSpan span = tracing.request("/send", SAMPLED::get)) {
            Objects.requireNonNull(span).set("a", 1);
            close(tracing.part("line"));
            Objects.requireNonNull(tracing.current()).set("b", "two");
        }
        List<SpanData> spans = exporter.getFinishedSpanItems();
        assertThat(spans).extracting(SpanData::getTraceId).containsOnly(TRACE).hasSize(2);
        SpanData part = spans.getFirst();
        SpanData request = spans.getLast();
        assertThat(request.getParentSpanId()).isEqualTo(CALLER);
        assertThat(request.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(request.getAttributes().asMap().values()).containsExactlyInAnyOrder(1L, "two");
        assertThat(part.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(tracing.current()).as("after the end of the request").isNull();
    }

    @Test
    void doesNotRecordATraceThatItsCallerDoesNotSample() {
        Tracing tracing = TracingFixtures.tracing(exporter, 1);
        Map<String, String> caller = caller("00");
        close(tracing.request("/send", caller::get));
        assertThat(exporter.getFinishedSpanItems()).isEmpty();
    }

    @Test
    void aMessageAndItsPostAreOneTrace() {
        Tracing tracing = TracingFixtures.tracing(exporter, 1);
        Map<String, String> headers = messageAndPost(tracing);
        SpanData message = exporter.getFinishedSpanItems().getFirst();
        SpanData post = exporter.getFinishedSpanItems().getLast();
        assertThat(message.getParentSpanContext().isValid()).isFalse();
        assertThat(post.getTraceId()).isEqualTo(message.getTraceId());
        assertThat(post.getParentSpanId()).isEqualTo(message.getSpanId());
        assertThat(headers)
                .containsEntry(
                        "traceparent", "00-" + post.getTraceId() + "-" + post.getSpanId() + "-01");
    }

    /** Otherwise the back end would get parts of traces. */
    @Test
    void decidesOnceForAMessageAndItsPost() {
        Tracing tracing = TracingFixtures.tracing(exporter, 0.5);
        IntStream.range(0, 200).forEach(_ -> messageAndPost(tracing));
        Map<String, Long> spans = new HashMap<>();
        exporter.getFinishedSpanItems()
                .forEach(span -> spans.merge(span.getTraceId(), 1L, Long::sum));
        assertThat(spans.values()).isNotEmpty().containsOnly(2L);
        assertThat(spans).hasSizeLessThan(200);
    }

    @Test
    void passesOnThatAMessageIsNotSampled() {
        Tracing tracing = TracingFixtures.tracing(exporter, Double.MIN_VALUE);
        assertThat(messageAndPost(tracing).get("traceparent")).endsWith("-00");
    }

    @Test
    void withProbabilityZeroOnlyCallersBeginTraces() {
        Tracing tracing = TracingFixtures.tracing(exporter, 0);
        assertThat(tracing.message("message")).isNull();
        assertThat(tracing.post("webhook", null)).isNull();
        assertThat(tracing.request("/send", _ -> null)).isNull();
        assertThat(tracing.headers()).isEmpty();
        close(tracing.request("/send", SAMPLED::get));
        assertThat(exporter.getFinishedSpanItems()).hasSize(1);
    }

    @Test
    void offDoesNothing() {
        assertThat(Tracing.OFF.request("/send", SAMPLED::get)).isNull();
        assertThat(Tracing.OFF.part("line")).isNull();
        assertThat(Tracing.OFF.current()).isNull();
        assertThat(messageAndPost(Tracing.OFF)).isEmpty();
    }
}
