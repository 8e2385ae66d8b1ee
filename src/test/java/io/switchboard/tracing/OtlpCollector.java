package io.switchboard.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A collector that receives traces and metrics by OTLP over HTTP. */
public final class OtlpCollector implements AutoCloseable {

    /**
     * A received span.
     *
     * @param parent empty if it begins its trace
     * @param attributes the values as text
     */
    public record Received(
            String trace,
            String id,
            String parent,
            String name,
            String kind,
            boolean failed,
            Map<String, String> attributes) {

        private static Received of(Span span) {
            return new Received(
                    HexFormat.of().formatHex(span.getTraceId().toByteArray()),
                    HexFormat.of().formatHex(span.getSpanId().toByteArray()),
                    HexFormat.of().formatHex(span.getParentSpanId().toByteArray()),
                    span.getName(),
                    span.getKind().name().substring("SPAN_KIND_".length()),
                    span.getStatus().getCode().name().equals("STATUS_CODE_ERROR"),
                    span.getAttributesList().stream()
                            .collect(
                                    Collectors.toMap(
                                            KeyValue::getKey, each -> text(each.getValue()))));
        }

        private static String text(AnyValue value) {
            return value.hasIntValue()
                    ? Long.toString(value.getIntValue())
                    : value.getStringValue();
        }

        public String attribute(String name) {
            return attributes.getOrDefault(name, "");
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final Set<String> meters = ConcurrentHashMap.newKeySet();

    /** Starts the collector on a free port. */
    public OtlpCollector() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/v1/traces", this::traces);
        server.createContext("/v1/metrics", this::metrics);
        server.start();
    }

    private void traces(HttpExchange exchange) throws IOException {
        ExportTraceServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes())
                .getResourceSpansList()
                .stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .map(Received::of)
                .forEach(spans::add);
        answer(exchange);
    }

    private void metrics(HttpExchange exchange) throws IOException {
        ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes())
                .getResourceMetricsList()
                .stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .forEach(metric -> meters.add(metric.getName()));
        answer(exchange);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    public List<Received> spans() {
        return spans;
    }

    /** Returns the spans of a trace. */
    public List<Received> trace(String id) {
        return spans.stream().filter(span -> span.trace().equals(id)).toList();
    }

    /** Waits until a trace has this many spans, and returns them. */
    public List<Received> await(String trace, int count) {
        Awaitility.await(count + " spans of " + trace)
                .untilAsserted(() -> assertThat(trace(trace)).hasSizeGreaterThanOrEqualTo(count));
        return trace(trace);
    }

    /** Returns the names of the received meters. */
    public Set<String> meters() {
        return meters;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
