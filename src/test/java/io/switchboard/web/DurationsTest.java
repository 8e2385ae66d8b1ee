package io.switchboard.web;

import static io.switchboard.web.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.DurationText;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class DurationsTest {
    private static final Duration MOST = Duration.ofMinutes(10);

    @ParameterizedTest
    @CsvSource({"200ms, PT0.2S", "5s, PT5S", "1m, PT1M", "0s, PT0S", "10m, PT10M", "600s, PT10M"})
    void readsWhatTheApiSpells(String text, Duration duration) {
        assertThat(Query.duration("timeout", text, MOST)).isEqualTo(duration);
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
    void refusesWhatIsNoneAndSaysHowItIsSpelt(String text) {
        assertRefused(
                () -> Query.duration("timeout", text, MOST),
                HttpStatus.BAD_REQUEST,
                "timeout='" + text + "'",
                "200ms, 5s or 1m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"601s", "11m", "1h", "999999999h"})
    void refusesWhatIsOutOfBoundsAndSaysTheBounds(String text) {
        assertRefused(
                () -> Query.duration("timeout", text, MOST),
                HttpStatus.BAD_REQUEST,
                "timeout=" + text,
                "0s to 600s");
    }

    /** Off is 0s: a time-out below a second must not look like it. */
    @Test
    void printsMillisecondsWhereSecondsWouldNotBeTrue() {
        assertThat(DurationText.of(Duration.ofMillis(200))).isEqualTo("200ms");
        assertThat(DurationText.of(Duration.ofMillis(1_500))).isEqualTo("1500ms");
    }

    @Test
    void printsSeconds() {
        assertThat(DurationText.of(Duration.ZERO)).isEqualTo("0s");
        assertThat(DurationText.of(Duration.ofMinutes(5))).isEqualTo("300s");
    }
}
