package io.switchboard.http;

import static io.switchboard.http.problem.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.DurationText;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class DurationsTest {
    private static final Duration MAX = Duration.ofMinutes(10);

    @ParameterizedTest
    @CsvSource({"200ms, PT0.2S", "5s, PT5S", "1m, PT1M", "0s, PT0S", "10m, PT10M", "600s, PT10M"})
    void parsesDurations(String text, Duration duration) {
        assertThat(QueryParameters.duration("timeout", text, MAX)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "5 s",
                "5x",
                "PT5S",
                "1.5s",
                "99999999999999999999s",
                "-1s",
                "+1s",
                "1d",
                "5"
            })
    void refusesATextThatIsNotADurationAndGivesExamples(String text) {
        assertRefused(
                () -> QueryParameters.duration("timeout", text, MAX),
                HttpStatus.BAD_REQUEST,
                "timeout='" + text + "'",
                "200ms, 5s or 1m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"601s", "11m", "1h", "999999999h"})
    void refusesADurationOutOfBoundsAndGivesTheBounds(String text) {
        assertRefused(
                () -> QueryParameters.duration("timeout", text, MAX),
                HttpStatus.BAD_REQUEST,
                "timeout=" + text,
                "0s to 600s");
    }

    /** 0s means off, so a timeout below a second must not be printed as 0s. */
    @Test
    void printsMillisecondsUnlessItIsAWholeNumberOfSeconds() {
        assertThat(DurationText.of(Duration.ofMillis(200))).isEqualTo("200ms");
        assertThat(DurationText.of(Duration.ofMillis(1_500))).isEqualTo("1500ms");
    }

    @Test
    void printsWholeSeconds() {
        assertThat(DurationText.of(Duration.ZERO)).isEqualTo("0s");
        assertThat(DurationText.of(Duration.ofMinutes(5))).isEqualTo("300s");
    }
}
