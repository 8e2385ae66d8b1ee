package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.query.Rejection.RefusedException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts that an operation is refused. */
final class Refusals {
    private Refusals() {}

    /** Asserts the reason of the refusal, and that its detail contains all of these words. */
    static void assertRefused(
            ThrowingCallable operation, Rejection.Reason reason, String... words) {
        assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> {
                            assertThat(e.refusal().reason()).isEqualTo(reason);
                            assertThat(e.refusal().detail()).contains(words);
                        });
    }
}
