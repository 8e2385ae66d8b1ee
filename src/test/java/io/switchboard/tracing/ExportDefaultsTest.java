package io.switchboard.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.YamlFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.micrometer.tracing.autoconfigure.TracingProperties;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class ExportDefaultsTest {
    private static final String TRACES = "management.tracing.export.enabled";
    private static final String METRICS = "management.otlp.metrics.export.enabled";

    private static StandardEnvironment environment(Map<String, Object> values) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", values));
        new ExportDefaults().postProcessEnvironment(environment, new SpringApplication());
        return environment;
    }

    @Test
    void nothingIsExportedUnlessItsAddressIsConfigured() {
        StandardEnvironment environment = environment(Map.of());
        assertThat(environment.getProperty(TRACES)).isEqualTo("false");
        assertThat(environment.getProperty(METRICS)).isEqualTo("false");
        assertThat(environment.getProperty("management.other")).isNull();
    }

    @Test
    void anAddressSwitchesItsExportOn() {
        StandardEnvironment traces =
                environment(
                        Map.of(
                                "management.opentelemetry.tracing.export.otlp.endpoint",
                                "http://127.0.0.1:4318/v1/traces"));
        assertThat(traces.getProperty(TRACES)).isEqualTo("true");
        assertThat(traces.getProperty(METRICS)).isEqualTo("false");
        StandardEnvironment metrics =
                environment(
                        Map.of(
                                "management.otlp.metrics.export.url",
                                "http://127.0.0.1:4318/v1/metrics"));
        assertThat(metrics.getProperty(TRACES)).isEqualTo("false");
        assertThat(metrics.getProperty(METRICS)).isEqualTo("true");
    }

    @Test
    void theConfigurationComesFirst() {
        StandardEnvironment environment =
                environment(
                        Map.of(
                                "management.opentelemetry.tracing.export.otlp.endpoint",
                                "http://127.0.0.1:4318/v1/traces",
                                TRACES,
                                "false"));
        assertThat(environment.getProperty(TRACES)).isEqualTo("false");
    }

    @Test
    void theVariablesOfComposeSwitchTracingOn() throws IOException {
        Map<String, Object> variables = new HashMap<>();
        YamlFile.read(Path.of("src/main/docker/compose.tracing.yaml"))
                .at("/services/switchboard/environment")
                .forEachEntry((key, value) -> variables.put(key, value.asString()));
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                variables));
        new ExportDefaults().postProcessEnvironment(environment, new SpringApplication());
        assertThat(environment.getProperty(TRACES)).isEqualTo("true");
        assertThat(
                        Binder.get(environment)
                                .bind("management.tracing", TracingProperties.class)
                                .get()
                                .getSampling()
                                .getProbability())
                .isEqualTo(1f);
    }

    /** The documents give Boot's default. */
    @Test
    void oneTraceInTenIsSampled() {
        assertThat(new TracingProperties().getSampling().getProbability()).isEqualTo(0.1f);
    }
}
