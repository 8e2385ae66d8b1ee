package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What once broke something breaks nothing, and neither does what is valid. */
class FuzzSeedsTest {

    @ParameterizedTest
    @EnumSource
    void everySeedKeepsThePromises(Fuzzed fuzzed) throws IOException {
        FuzzTarget target = fuzzed.target();
        FuzzInputs.tryAll(fuzzed.seeds(), target);
        assertThat(target.reached())
                .allSatisfy((what, times) -> assertThat(times).as(what).isPositive());
    }
}
