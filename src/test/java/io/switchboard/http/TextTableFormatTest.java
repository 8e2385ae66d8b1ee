package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTableFormatTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0B",
        "1, 1B",
        "999, 999B",
        "1000, 1.0KB",
        "1023, 1.0KB",
        "1536, 1.5KB",
        "10188, 9.9KB",
        "10189, 10KB",
        "65536, 64KB",
        "1023487, 999KB",
        "1023488, 1.0MB",
        "1048576, 1.0MB",
        "1572864, 1.5MB",
        "1073741824, 1.0GB",
        "9223372036854775807, 8.0EB"
    })
    void formatsBytes(long bytes, String text) {
        assertThat(TextTable.bytes(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "PT-0.5S, 0s",
        "PT0S, 0s",
        "PT0.999S, 0s",
        "PT59.9S, 59s",
        "PT60S, 1m00s",
        "PT3M5S, 3m05s",
        "PT59M59S, 59m59s",
        "PT1H, 1h00m",
        "PT2H10M59S, 2h10m",
        "PT23H59M, 23h59m",
        "P1D, 1d00h",
        "P12DT3H59M, 12d03h",
        "P400D, 400d00h"
    })
    void formatsADuration(Duration duration, String text) {
        assertThat(TextTable.duration(duration)).isEqualTo(text);
    }
}
