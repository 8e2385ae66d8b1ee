package io.switchboard.http.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.http.HeldTurns;
import org.junit.jupiter.api.Test;

class FramingControllerTest {
    @Test
    void aFramingIsTriedInATurn() throws Exception {
        FramingController.Trial trial =
                new FramingController.Trial(
                        Framing.of("line"), FramingController.HexStream.parse("61 0a"));
        HeldTurns.assertTakesATurn(
                () -> assertThat(new FramingController().find(trial).frames()).hasSize(1));
    }
}
