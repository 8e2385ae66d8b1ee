package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class UnknownKeysTest {

    record Rope(int length, Duration maxAge) {}

    @ConfigurationProperties("switchboard")
    record Ropes(Map<String, Rope> ropes, Map<String, String> labels) {}

    @ConfigurationProperties("switchboard.bell")
    record Bell(Duration writeDeadline, List<String> tones, Rope rope) {}

    /** Has another prefix than switchboard, so its keys are not checked. */
    @ConfigurationProperties("other")
    record Other(String name) {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.bell.write-deadline",
                "switchboard.bell.writeDeadline",
                "switchboard.bell.write_deadline",
                "switchboard.bell.tones",
                "switchboard.bell.tones[0]",
                "switchboard.bell.rope.max-age",
                "switchboard.ropes.mine.length",
                "switchboard.ropes.mine.max-age",
                "switchboard.labels.anything",
                "other.nonsense",
                "switchboards.nonsense",
                "nonsense"
            })
    void acceptsKnownKeysAndOtherPrefixes(String key) {
        assertThatCode(() -> startWith(key)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard.bell.write-deadlin, switchboard.bell.write-deadline",
        "switchboard.bell.writeDeadlin, switchboard.bell.write-deadline",
        "switchboard.bell.tone, switchboard.bell.tones",
        "switchboard.bell.tons[0], switchboard.bell.tones",
        "switchboard.bel.tones, switchboard.bell.tones",
        "switchboard.ropes.mine.lenght, switchboard.ropes.mine.length",
        "switchboard.rope.mine.length, switchboard.ropes.mine.length",
        "switchboard.bell.rope.length.more, switchboard.bell.rope.length"
    })
    void refusesAnUnknownKeyAndNamesTheNearestKnownKey(String key, String nearest) {
        assertThatThrownBy(() -> startWith(key))
                .isInstanceOfSatisfying(
                        UnknownKeys.UnknownKeyException.class,
                        unknown -> {
                            assertThat(unknown.key()).isEqualToIgnoringCase(key.replace("[0]", ""));
                            assertThat(unknown.nearest()).isEqualTo(nearest);
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SWITCHBOARD_BELL_WRITEDEADLINE",
                "SWITCHBOARD_BELL_WRITE_DEADLINE",
                "SWITCHBOARD_BELL_TONES_0",
                "SWITCHBOARD_ROPES_MINE_MAXAGE",
                "SWITCHBOARD_ROPES_MINE_MAX_AGE",
                "PATH",
                "SWITCHBOARDS"
            })
    void acceptsTheFormsOfEnvironmentVariables(String variable) {
        assertThatCode(() -> startWithEnvironment(variable)).doesNotThrowAnyException();
    }

    /** Kubernetes sets these variables in pods if there is a Service named switchboard. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SWITCHBOARD_SERVICE_HOST",
                "SWITCHBOARD_SERVICE_PORT",
                "SWITCHBOARD_SERVICE_PORT_HTTP",
                "SWITCHBOARD_PORT",
                "SWITCHBOARD_PORT_8000_TCP",
                "SWITCHBOARD_PORT_8000_TCP_PROTO",
                "SWITCHBOARD_PORT_8000_TCP_PORT",
                "SWITCHBOARD_PORT_8000_TCP_ADDR"
            })
    void ignoresTheVariablesOfAKubernetesService(String variable) {
        assertThatCode(() -> startWithEnvironment(variable)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard.port", "switchboard.service.host"})
    void refusesTheSameNamesInOtherSources(String key) {
        assertThatThrownBy(() -> startWith(key))
                .isInstanceOf(UnknownKeys.UnknownKeyException.class);
    }

    @Test
    void refusesAnUnknownVariable() {
        assertThatThrownBy(() -> startWithEnvironment("SWITCHBOARD_BELL_WRITEDEADLIN"))
                .isInstanceOfSatisfying(
                        UnknownKeys.UnknownKeyException.class,
                        unknown ->
                                assertThat(unknown.nearest())
                                        .isEqualTo("switchboard.bell.write-deadline"));
    }

    @Test
    void theFailureAnalysisNamesTheKeyAndTheNearestKnownKey() {
        assertThatThrownBy(() -> startWith("switchboard.bell.tone"))
                .satisfies(
                        failure -> {
                            var analysis = new UnknownKeys.Analyzer().analyze(failure);
                            assertThat(analysis).isNotNull();
                            assertThat(analysis.getDescription())
                                    .isEqualTo(
                                            "The configuration contains an unknown key: switchboard.bell.tone.");
                            assertThat(analysis.getAction())
                                    .startsWith("Did you mean switchboard.bell.tones?");
                        });
    }

    @Test
    void theFailureAnalysisExplainsANameThatYamlReadsAsABoolean() {
        assertThatThrownBy(() -> startWith("switchboard.ropes[true].length"))
                .satisfies(
                        failure -> {
                            var analysis = new UnknownKeys.Analyzer().analyze(failure);
                            assertThat(analysis).isNotNull();
                            assertThat(analysis.getAction())
                                    .isEqualTo(
                                            "YAML reads on, off, yes and no as true and false: write such a name in quotes.");
                        });
    }

    private static void startWith(String key) {
        start(sources -> sources.addFirst(new MapPropertySource("test", Map.of(key, "1"))));
    }

    private static void startWithEnvironment(String variable) {
        start(
                sources ->
                        sources.replace(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                new SystemEnvironmentPropertySource(
                                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                        Map.of(variable, "1"))));
    }

    /** Starts a context of the post-processor and the records only; no value is bound. */
    private static void start(Consumer<MutablePropertySources> set) {
        try (AnnotationConfigApplicationContext context =
                new AnnotationConfigApplicationContext()) {
            // ignore the environment variables of the machine that runs the test
            MutablePropertySources sources = context.getEnvironment().getPropertySources();
            sources.replace(
                    StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                    new SystemEnvironmentPropertySource(
                            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, Map.of()));
            set.accept(sources);
            for (Class<?> type : List.of(Ropes.class, Bell.class, Other.class)) {
                register(context, type);
            }
            context.register(UnknownKeys.class);
            context.refresh();
        }
    }

    private static <T> void register(AnnotationConfigApplicationContext context, Class<T> type) {
        context.registerBean(
                type.getName(),
                type,
                () -> {
                    throw new AssertionError("a lazy bean was created");
                },
                definition -> definition.setLazyInit(true));
    }
}
