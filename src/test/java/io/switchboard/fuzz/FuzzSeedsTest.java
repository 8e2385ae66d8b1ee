package io.switchboard.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs the stored inputs: valid ones, and those that once violated an invariant. */
class FuzzSeedsTest {

    @ParameterizedTest
    @EnumSource
    void noSeedViolatesAnInvariant(Fuzzed fuzzed) throws IOException {
        FuzzTarget target = fuzzed.target();
        FuzzInputs.runAll(fuzzed.seeds(), target);
        assertThat(target.reached())
                .allSatisfy((name, count) -> assertThat(count).as(name).isPositive());
    }
}
