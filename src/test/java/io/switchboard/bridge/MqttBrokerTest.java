package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.webhook.EventPublisher.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MqttBrokerTest {

    @Test
    void anAcknowledgementWithoutAnErrorIsAccepted() {
        assertThat(MqttBroker.outcome(null)).isEqualTo(new Outcome.Accepted());
        assertThat(MqttBroker.outcome(new int[0])).isEqualTo(new Outcome.Accepted());
        assertThat(MqttBroker.outcome(new int[] {0x00})).isEqualTo(new Outcome.Accepted());
        // no matching subscribers
        assertThat(MqttBroker.outcome(new int[] {0x10})).isEqualTo(new Outcome.Accepted());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x90, 0x95, 0x99})
    void whatTheBrokerCanNeverTakeIsRefused(int code) {
        assertThat(MqttBroker.outcome(new int[] {code})).isInstanceOf(Outcome.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0x83, 0x87, 0x91, 0x97})
    void whatTheBrokerRefusesForNowIsRepeated(int code) {
        assertThat(MqttBroker.outcome(new int[] {code}))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed ->
                                assertThat(failed.reason())
                                        .startsWith(
                                                "the broker refused it with reason code 0x%02X"
                                                        .formatted(code)));
    }
}
