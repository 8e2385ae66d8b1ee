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

    /** Not ours: its keys are none of our business. */
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
    void takesWhatIsReadAndWhatIsNotOurs(String key) {
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
    void refusesAnythingElseAndNamesTheNearest(String key, String nearest) {
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
    void takesTheFormsOfTheEnvironment(String variable) {
        assertThatCode(() -> startWithEnvironment(variable)).doesNotThrowAnyException();
    }

    /** Kubernetes puts them into every pod beside a service of that name. */
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
    void ignoresTheLinksOfAKubernetesService(String variable) {
        assertThatCode(() -> startWithEnvironment(variable)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard.port", "switchboard.service.host"})
    void refusesTheSameNamesElsewhere(String key) {
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
    void theFailureIsSaidForPeople() {
        assertThatThrownBy(() -> startWith("switchboard.bell.tone"))
                .satisfies(
                        failure -> {
                            var analysis = new UnknownKeys.Analyzer().analyze(failure);
                            assertThat(analysis).isNotNull();
                            assertThat(analysis.getDescription())
                                    .isEqualTo("Nothing reads the key switchboard.bell.tone.");
                            assertThat(analysis.getAction())
                                    .startsWith("Did you mean switchboard.bell.tones?");
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

    /** Only the post-processor and the records; their values are never bound. */
    private static void start(Consumer<MutablePropertySources> set) {
        try (AnnotationConfigApplicationContext context =
                new AnnotationConfigApplicationContext()) {
            // The variables of the machine that runs the test are not its concern.
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
                    throw new AssertionError("never made: it is lazy");
                },
                definition -> definition.setLazyInit(true));
    }
}
