package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-22T13:17:23Z");

    @ParameterizedTest
    @CsvSource({
        "5, PT5S",
        "' 120 ', PT2M",
        "0, PT0S",
        "'Sun, 22 Nov 2026 13:17:30 GMT', PT7S",
        "'Sun, 22 Nov 2026 13:17:20 GMT', PT0S",
        "999999999, P1D",
        "99999999999999999999, PT0S",
        "-5, PT0S",
        "soon, PT0S",
        "'', PT0S",
        ", PT0S"
    })
    void readsSecondsAndDates(@Nullable String header, Duration expected) {
        assertThat(HttpWebhookClient.retryAfter(header, NOW)).isEqualTo(expected);
    }
}
