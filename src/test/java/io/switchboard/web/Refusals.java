package io.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.springframework.http.HttpStatus;

/** What a request is refused with. */
final class Refusals {
    private Refusals() {}

    /** That this is refused with this status, and for people with all of these words. */
    static void assertRefused(ThrowingCallable request, HttpStatus status, String... words) {
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
