package io.switchboard.tracing;

import io.opentelemetry.api.OpenTelemetry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.micrometer.tracing.autoconfigure.TracingProperties;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.otlp.OtlpTracingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Creates the {@link Tracing}. {@code application.yaml} excludes Spring Boot's auto-configuration
 * of OpenTelemetry, which starts the exporter's thread even if nothing is exported; this class
 * imports it only if {@value #ENABLED} is true. {@link ExportDefaults} gives that key its default.
 *
 * <p>It does not import the part that makes spans of Micrometer's observations: a trace has the
 * spans that {@link Tracing} begins, and no others.
 */
@Configuration(proxyBeanMethods = false)
class TracingConfiguration {
    static final String ENABLED = "management.tracing.export.enabled";

    /** Loads no class of the SDK. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = ENABLED, havingValue = false, matchIfMissing = true)
    static class Off {
        @Bean
        Tracing noTracing() {
            return Tracing.OFF;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(ENABLED)
    @Import({
        OpenTelemetryTracingAutoConfiguration.class,
        OtlpTracingAutoConfiguration.class,
        OpenTelemetrySdkAutoConfiguration.class
    })
    static class On {
        @Bean
        Tracing tracing(OpenTelemetry telemetry, TracingProperties properties) {
            return new Tracing(
                    telemetry.getTracer("io.switchboard"),
                    telemetry.getPropagators().getTextMapPropagator(),
                    properties.getSampling().getProbability() > 0);
        }
    }
}
