package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.junit.jupiter.api.Test;

class MqttDeliveriesTest {
    private final List<Integer> acknowledged = new ArrayList<>();
    private final MqttDeliveries deliveries =
            new MqttDeliveries((packet, _) -> acknowledged.add(packet));

    private static MqttMessage message(int packet, String payload, boolean duplicate) {
        MqttMessage message = new MqttMessage(payload.getBytes(UTF_8));
        message.setId(packet);
        message.setQos(1);
        message.setDuplicate(duplicate);
        return message;
    }

    private MqttDeliveries.Delivery add(int packet, String payload) {
        return Objects.requireNonNull(deliveries.add(message(packet, payload, false), null));
    }

    @Test
    void acknowledgesInTheOrderOfArrival() {
        MqttDeliveries.Delivery first = add(7, "a");
        MqttDeliveries.Delivery second = add(3, "b");
        MqttDeliveries.Delivery third = add(5, "c");
        deliveries.ended(third);
        deliveries.ended(second);
        assertThat(acknowledged).isEmpty();
        deliveries.ended(first);
        assertThat(acknowledged).containsExactly(7, 3, 5);
    }

    @Test
    void acknowledgesWhatHasEndedBeforeTheConnectionIsClosed() {
        add(1, "a");
        deliveries.ended(add(2, "b"));
        deliveries.acknowledgeRest();
        assertThat(acknowledged).containsExactly(2);
    }

    @Test
    void theCorrelationDataAreTheId() {
        MqttDeliveries.Delivery delivery =
                Objects.requireNonNull(
                        deliveries.add(message(1, "a", false), new byte[] {0x0A, (byte) 0xFF}));
        assertThat(delivery.id()).isEqualTo("0aff");
    }

    @Test
    void aRepetitionOfADeliveryInProgressIsIgnored() {
        MqttDeliveries.Delivery first = add(1, "a");
        assertThat(deliveries.add(message(1, "a", true), null)).isNull();
        deliveries.ended(first);
        assertThat(acknowledged).containsExactly(1);
    }

    @Test
    void aRepetitionOfAnEndedDeliveryHasItsId() {
        MqttDeliveries.Delivery first = add(1, "a");
        deliveries.ended(first);
        MqttDeliveries.Delivery again =
                Objects.requireNonNull(deliveries.add(message(1, "a", true), null));
        assertThat(again.id()).isEqualTo(first.id());
        deliveries.ended(again);
        assertThat(acknowledged).containsExactly(1, 1);
    }

    @Test
    void anotherMessageWithTheSamePacketIdentifierHasAnIdOfItsOwn() {
        MqttDeliveries.Delivery first = add(1, "a");
        deliveries.ended(first);
        MqttDeliveries.Delivery unknown =
                Objects.requireNonNull(deliveries.add(message(1, "b", true), null));
        assertThat(unknown.id()).isNotEqualTo(first.id());
        assertThat(add(1, "b").id()).isNotEqualTo(unknown.id());
    }

    /** The race: the broker has lost its session while a send was in progress. */
    @Test
    void aDeliveryWhosePacketIdentifierIsThatOfAnotherIsNotAcknowledged() {
        MqttDeliveries.Delivery lost = add(1, "a");
        MqttDeliveries.Delivery other = add(1, "b");
        deliveries.ended(lost);
        assertThat(acknowledged).isEmpty();
        assertThat(deliveries.add(message(1, "b", true), null)).isNull();
        deliveries.ended(other);
        assertThat(acknowledged).containsExactly(1);
    }

    @Test
    void aDeliveryWithQosZeroIsNotAcknowledged() {
        MqttMessage message = message(0, "a", false);
        message.setQos(0);
        deliveries.ended(Objects.requireNonNull(deliveries.add(message, null)));
        assertThat(acknowledged).isEmpty();
    }
}
