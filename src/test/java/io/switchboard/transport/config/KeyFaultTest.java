package io.switchboard.transport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.validation.Validation;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.validation.ValidationBindHandler;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.validation.beanvalidation.SpringValidatorAdapter;

/** The errors of a start with a value of a listener that is not valid. */
class KeyFaultTest {
    private static final SpringValidatorAdapter VALIDATOR =
            new SpringValidatorAdapter(Validation.buildDefaultValidatorFactory().getValidator());

    /** Binds as Spring Boot does at the start, and analyzes the failure. */
    private static FailureAnalysis analysis(String key, Object value) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        source.put("switchboard.listeners.gps.port", 0);
        source.put("switchboard.listeners.gps." + key, value);
        Binder binder =
                new Binder(List.of(source), null, new ApplicationConversionService(), null, null);
        BindException failure =
                catchThrowableOfType(
                        BindException.class,
                        () ->
                                binder.bind(
                                        "switchboard",
                                        Bindable.of(TransportProperties.class),
                                        new ValidationBindHandler(VALIDATOR)));
        return Objects.requireNonNull(new KeyFault.Analyzer().analyze(failure));
    }

    @Test
    void aValueOfTheWrongTypeHasItsKeyAndWhatWouldBeValid() {
        FailureAnalysis analysis = analysis("idle-timeout", "ten");
        assertThat(analysis.getDescription())
                .startsWith(
                        "switchboard.listeners.gps.idle-timeout is ten: it takes a time with its unit");
        assertThat(analysis.getAction())
                .isEqualTo(
                        "Set switchboard.listeners.gps.idle-timeout to a value that it takes, instead of ten.");
    }

    @Test
    void aValueOutOfRangeHasItsKeyAndTheRange() {
        FailureAnalysis analysis = analysis("port", 99_999);
        assertThat(analysis.getDescription())
                .startsWith(
                        "switchboard.listeners.gps.port is 99999: it must be less than or equal to 65535");
        assertThat(analysis.getAction()).contains("switchboard.listeners.gps.port");
    }

    @Test
    void aRuleOfTheListenerHasItsKeyAndWhatIsKnown() {
        FailureAnalysis analysis = analysis("framing", "foo");
        assertThat(analysis.getDescription())
                .startsWith(
                        "switchboard.listeners.gps.framing: unknown framing 'foo': known are line");
        assertThat(analysis.getAction()).contains("switchboard.listeners.gps.framing");
    }

    @Test
    void aNestedKeyIsNamedWhole() {
        assertThat(analysis("limits.messages-per-second", "x").getDescription())
                .startsWith(
                        "switchboard.listeners.gps.limits.messages-per-second is x: it takes a whole number");
    }
}
