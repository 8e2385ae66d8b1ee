package io.switchboard.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Begins the spans of a trace and passes the trace on. While tracing is off, every method returns
 * null or does nothing, after it has checked one field.
 *
 * <p>A span is that of the calling thread from its begin until {@link TraceSpan#close}; the log
 * lines of the thread have its ids meanwhile. Whether a trace is sampled is decided when it begins,
 * and the spans of an unsampled trace are not recorded. Thread-safe.
 */
public final class Tracing {
    /** Traces nothing. */
    public static final Tracing OFF = new Tracing(null, TextMapPropagator.noop(), false);

    private final @Nullable Tracer tracer;
    private final TextMapPropagator propagator;
    private final boolean beginsTraces;

    /** The headers of a request, or what corresponds to them. */
    @FunctionalInterface
    public interface Headers {
        /** Returns the value of a header, whatever the case of its name; null if there is none. */
        @Nullable String get(String name);
    }

    private enum Getter implements TextMapGetter<Headers> {
        HEADER;

        @Override
        public Iterable<String> keys(Headers carrier) {
            return List.of(); // no propagator of Boot asks for them
        }

        @Override
        public @Nullable String get(@Nullable Headers carrier, String key) {
            return carrier == null ? null : carrier.get(key);
        }
    }

    /**
     * @param tracer null to trace nothing
     * @param beginsTraces whether a trace can begin here; otherwise only traces that callers have
     *     begun are continued
     */
    Tracing(@Nullable Tracer tracer, TextMapPropagator propagator, boolean beginsTraces) {
        this.tracer = tracer;
        this.propagator = propagator;
        this.beginsTraces = beginsTraces;
    }

    /**
     * Begins the span of a request from outside. It continues the trace in the headers of the
     * request, or begins one if they have none.
     */
    public @Nullable TraceSpan request(String name, Headers headers) {
        if (tracer == null) {
            return null;
        }
        Context caller = propagator.extract(Context.root(), headers, Getter.HEADER);
        return beginsTraces || Span.fromContext(caller).getSpanContext().isValid()
                ? begin(tracer, name, SpanKind.SERVER, caller)
                : null;
    }

    /** Begins the span of a message from a peer, and with it a trace. */
    public @Nullable TraceSpan message(String name) {
        return tracer == null || !beginsTraces
                ? null
                : begin(tracer, name, SpanKind.CONSUMER, Context.root());
    }

    /** Begins the span of a part of the thread's span, if it has one. */
    public @Nullable TraceSpan part(String name) {
        return tracer == null || !Span.current().getSpanContext().isValid()
                ? null
                : begin(tracer, name, SpanKind.INTERNAL, Context.current());
    }

    /**
     * Begins the span of a request to a back end.
     *
     * @param cause the trace that the request belongs to; null to begin one
     */
    public @Nullable TraceSpan post(String name, @Nullable TraceContext cause) {
        if (tracer == null || (cause == null && !beginsTraces)) {
            return null;
        }
        Context parent = Context.root();
        return begin(
                tracer,
                name,
                SpanKind.CLIENT,
                cause == null ? parent : parent.with(Span.wrap(cause.span())));
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller closes the TraceSpan, which closes it
    private static TraceSpan begin(Tracer tracer, String name, SpanKind kind, Context parent) {
        Span span = tracer.spanBuilder(name).setSpanKind(kind).setParent(parent).startSpan();
        return new TraceSpan(span, parent.with(span).makeCurrent());
    }

    /** Returns the details of the thread's span; null if it has none. */
    public @Nullable SpanDetails current() {
        if (tracer == null) {
            return null;
        }
        Span span = Span.current();
        return span.getSpanContext().isValid() ? new SpanDetails(span) : null;
    }

    /** Returns the trace of the thread's span, for what other threads do; null if it has none. */
    public @Nullable TraceContext context() {
        if (tracer == null) {
            return null;
        }
        SpanContext span = Span.current().getSpanContext();
        return span.isValid() ? new TraceContext(span) : null;
    }

    /** Passes the trace of the thread's span on, as headers of a request; none if it has none. */
    public void writeTo(BiConsumer<String, String> headers) {
        if (tracer != null) {
            propagator.inject(
                    Context.current(), headers, (to, name, value) -> add(to, name, value));
        }
    }

    private static void add(
            @Nullable BiConsumer<String, String> headers, String name, String value) {
        if (headers != null) {
            headers.accept(name, value);
        }
    }

    /** Returns the headers of {@link #writeTo}; empty if the thread has no span. */
    public Map<String, String> headers() {
        if (tracer == null || !Span.current().getSpanContext().isValid()) {
            return Map.of();
        }
        Map<String, String> headers = new HashMap<>();
        writeTo(headers::put);
        return headers;
    }
}
