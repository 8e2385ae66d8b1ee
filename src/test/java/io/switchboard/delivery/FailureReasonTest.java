package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.RejectReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureReasonTest {

    @ParameterizedTest
    @EnumSource
    void everyCloseReasonHasAFailureReasonWithTheSameWord(CloseReason reason) {
        assertThat(FailureReason.of(reason.word()).word()).isEqualTo(reason.word());
    }

    @ParameterizedTest
    @EnumSource
    void everyRejectReasonHasAFailureReasonWithTheSameWord(RejectReason refusal) {
        assertThat(FailureReason.of(refusal.word()).word()).isEqualTo(refusal.word());
    }
}
