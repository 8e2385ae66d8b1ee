package io.switchboard.tracing;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/** Creates objects of this package, whose constructors tests of other packages cannot call. */
public final class TracingFixtures {
    private TracingFixtures() {}

    /**
     * Returns a tracing whose spans an exporter keeps.
     *
     * @param probability the probability with which a trace that begins here is sampled
     */
    public static Tracing tracing(InMemorySpanExporter exporter, double probability) {
        SdkTracerProvider provider =
                SdkTracerProvider.builder()
                        .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(probability)))
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build();
        return new Tracing(
                provider.get("test"), W3CTraceContextPropagator.getInstance(), probability > 0);
    }
}
