package io.switchboard.tracing;

import io.opentelemetry.api.trace.SpanContext;

/** Says which trace, and which span of it, caused what another thread does later. */
public record TraceContext(SpanContext span) {}
