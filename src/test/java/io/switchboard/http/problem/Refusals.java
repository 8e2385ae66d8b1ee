package io.switchboard.http.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.springframework.http.HttpStatus;

/** Assertions about refused requests. */
public final class Refusals {
    private Refusals() {}

    /** Asserts that a request fails with this status and a detail that contains all these words. */
    public static void assertRefused(ThrowingCallable request, HttpStatus status, String... words) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode()).isEqualTo(status);
                            assertThat(problem.getBody().getDetail()).contains(words);
                            assertThat(problem.getBody().getProperties()).containsKey("reason");
                        });
    }
}
