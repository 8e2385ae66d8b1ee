package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenFilesTest {

    /** The soft limit of most shells is 1,024; systemd's is 524,288. */
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "2, 1",
        "256, 128",
        "1023, 512",
        "1024, 512",
        "4096, 3584",
        "50512, 50000",
        "524288, 50000",
        "9223372036854775807, 50000"
    })
    void leavesWhatTheServiceItselfNeeds(long openFiles, int connections) {
        assertThat(OpenFiles.connectionLimit(openFiles)).isEqualTo(connections);
    }

    @Test
    void asksTheProcess() {
        assertThat(OpenFiles.connectionLimit()).isBetween(1, 50_000);
    }
}
