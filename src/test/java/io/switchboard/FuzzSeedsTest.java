package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What once broke something breaks nothing, and neither does what is valid. */
class FuzzSeedsTest {

    @ParameterizedTest
    @EnumSource
    void everySeedKeepsThePromises(Fuzzed fuzzed) throws Exception {
        FuzzTarget target = fuzzed.target();
        for (Path seed : seeds(fuzzed)) {
            byte[] bytes = Files.readAllBytes(seed);
            try {
                target.input(bytes);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(target.reached())
                .allSatisfy((what, times) -> assertThat(times).as(what).isPositive());
    }

    private static List<Path> seeds(Fuzzed fuzzed) throws IOException {
        try (Stream<Path> files = Files.list(fuzzed.seeds())) {
            return files.sorted().toList();
        }
    }
}
