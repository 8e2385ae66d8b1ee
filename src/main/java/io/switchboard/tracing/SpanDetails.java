package io.switchboard.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;

/**
 * Describes a span. It never gets a payload, which may be confidential. Thread-safe; does nothing
 * after the end of the span, or if it is not recorded.
 */
public sealed class SpanDetails permits TraceSpan {
    private final Span span;

    SpanDetails(Span span) {
        this.span = span;
    }

    /** Returns whether the span is recorded, so that it is worth while to describe it. */
    public final boolean recorded() {
        return span.isRecording();
    }

    /** Sets an attribute. */
    public final void set(String name, String value) {
        span.setAttribute(name, value);
    }

    /** Sets an attribute. */
    public final void set(String name, long value) {
        span.setAttribute(name, value);
    }

    /** Marks the span as failed. */
    public final void failed(String reason) {
        span.setStatus(StatusCode.ERROR, reason);
    }

    final void end() {
        span.end();
    }
}
