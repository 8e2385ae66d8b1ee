package io.switchboard.http.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.LoggedWarnings;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

class ProblemsTest {
    private static final int FAULTS = 10_000;

    /** A client that finds a fault of the service cannot fill the disk with stack traces. */
    @Test
    void manyFaultsAreNotLoggedOneByOne() {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/found");
        Problems problems = new Problems();
        try (LoggedWarnings log = new LoggedWarnings()) {
            for (int fault = 0; fault < FAULTS; fault++) {
                problems.fault(new IllegalStateException("fault"), request);
            }
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("GET /found"))
                    .isNotEmpty()
                    .hasSizeLessThan(FAULTS / 10);
        }
    }
}
