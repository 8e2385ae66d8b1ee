package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartBytesTest {
    private static final byte[] BYTES = {0, '\n', (byte) 0xff};

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"lf", "length:4", "delimiter:;"})
    void whatIsAskedIsReadAsItWasSaid(@Nullable String framing) {
        List<Target> to =
                List.of(
                        Target.parse("all"),
                        Target.parse("group:a:b"),
                        Target.parse("listener:gps"),
                        Target.parse("transport:udp"),
                        Target.parse("udp:192.0.2.7:9000"),
                        Target.parse("udp:[2001:db8::1]:9000@gps"),
                        Target.parse("00:1b:44:11:3a:b7"),
                        Target.parse("maschine-ü"));
        NodeResult.Asked said =
                new NodeResult.Asked(
                        new Send(
                                to,
                                to.reversed(),
                                BYTES,
                                framing == null ? null : Framing.of(framing),
                                true,
                                Wait.REPLY,
                                Duration.ofMillis(1_234),
                                Results.FAILED),
                        "0bbbbb-d1",
                        framing);
        NodeResult.Asked read = PartBytes.asked(PartBytes.of(said));
        assertThat(read).usingRecursiveComparison().isEqualTo(said);
        assertThat(read.hash()).isEqualTo(said.hash());
    }

    @Test
    void whatBecameOfItIsReadAsItWasSaid() {
        DeliveryReport report =
                DeliveryReport.here(
                        "0bbbbb-d1",
                        7,
                        1,
                        2,
                        3,
                        4,
                        5,
                        List.of(
                                new DeliveryReport.Result("a", new Outcome.Queued()),
                                new DeliveryReport.Result("b", new Outcome.Written(6)),
                                new DeliveryReport.Result("c", new Outcome.Acked(7)),
                                new DeliveryReport.Result("d", new Outcome.Replied(8, BYTES)),
                                new DeliveryReport.Result("e", new Outcome.Failed(true, "reset"))),
                        List.of(
                                new DeliveryReport.Result(
                                        "ü", new Outcome.Failed(false, "unknown"))));
        assertThat(PartBytes.answer(PartBytes.of(new NodeResult.Reported(report))))
                .usingRecursiveComparison()
                .isEqualTo(new NodeResult.Reported(report));
    }

    @ParameterizedTest
    @EnumSource
    void aRefusalIsReadAsItWasSaid(NodeResult.Why why) {
        NodeResult.Refused refused = new NodeResult.Refused(why, "because");
        assertThat(PartBytes.answer(PartBytes.of(refused))).isEqualTo(refused);
    }
}
