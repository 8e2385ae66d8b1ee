package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.query.Refusal.RefusedException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts with what an operation is refused. */
final class Refusals {
    private Refusals() {}

    /** Asserts the reason, and that the detail contains all of these words. */
    static void assertRefused(ThrowingCallable operation, Refusal.Reason reason, String... words) {
        assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> {
                            assertThat(e.refusal().reason()).isEqualTo(reason);
                            assertThat(e.refusal().detail()).contains(words);
                        });
    }
}
