package io.switchboard.tracing;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Switches an export on if its address is configured. Spring Boot's own default is on: it begins
 * traces, and exports metrics to a collector on this machine, as soon as the libraries are there.
 */
final class ExportDefaults implements EnvironmentPostProcessor {
    /** The address that switches an export on, by the key that says whether it is on. */
    private static final Map<String, String> ADDRESSES =
            Map.of(
                    TracingConfiguration.ENABLED,
                    "management.opentelemetry.tracing.export.otlp.endpoint",
                    "management.otlp.metrics.export.enabled",
                    "management.otlp.metrics.export.url");

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        environment.getPropertySources().addLast(new Source(this, environment));
    }

    /** Reads the address at each look-up, because configuration files may be read later. */
    private static final class Source extends EnumerablePropertySource<ExportDefaults> {
        private final Environment environment;

        Source(ExportDefaults origin, Environment environment) {
            super("exports", origin); // an Environment as the origin would be searched in turn
            this.environment = environment;
        }

        @Override
        public String[] getPropertyNames() {
            return ADDRESSES.keySet().toArray(String[]::new);
        }

        @Override
        public @Nullable Object getProperty(String name) {
            String address = ADDRESSES.get(name);
            return address == null ? null : StringUtils.hasText(environment.getProperty(address));
        }
    }
}
