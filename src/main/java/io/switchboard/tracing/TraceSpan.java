package io.switchboard.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;

/** A span that has begun. The thread that began it closes it. */
public final class TraceSpan extends SpanDetails implements AutoCloseable {
    private final Scope scope;

    TraceSpan(Span span, Scope scope) {
        super(span);
        this.scope = scope;
    }

    /** Ends the span. The thread has its earlier span again, if it had one. */
    @Override
    public void close() {
        scope.close();
        end();
    }
}
