package io.switchboard.bridge;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.jspecify.annotations.Nullable;

/**
 * The messages that an MQTT broker has delivered and that are not acknowledged yet, in the order in
 * which they arrived. MQTT 5 requires that they are acknowledged (PUBACK) in this order (section
 * 4.6).
 *
 * <p>A message is known by its correlation data. A message without correlation data gets an id
 * here. If the broker delivers it again to this process, it has the same packet identifier, the
 * same content and the DUP flag, and gets the same id. The content is compared because a broker may
 * give the identifier to another message, whose first delivery was lost.
 *
 * <p>This object's monitor guards all fields, and is held while an acknowledgement is queued. Race:
 * the broker delivers a message again, after the connection was lost, while its send is in
 * progress. The repetition is ignored, and the acknowledgement of the first delivery has its packet
 * identifier too. Race: the broker has lost its session, and gives the identifier of a delivery in
 * progress to another message, without the DUP flag. The earlier delivery is then not acknowledged.
 */
final class MqttDeliveries {
    private static final int REMEMBERED = 1_000;

    /** Sends an acknowledgement to the broker; does not block, and throws nothing. */
    @FunctionalInterface
    interface Acknowledgement {
        void send(int packet, int qos);
    }

    /** A message with its id. The monitor of its {@link MqttDeliveries} guards it. */
    static final class Delivery {
        private final String id;
        private final int packet;
        private final int qos;
        private boolean ended;

        /** Whether the broker has lost it, and its packet identifier is that of another one. */
        private boolean lost;

        private Delivery(String id, MqttMessage message) {
            this.id = id;
            this.packet = message.getId();
            this.qos = message.getQos();
        }

        String id() {
            return id;
        }
    }

    /**
     * A message without correlation data.
     *
     * @param content the hash of its payload
     */
    private record Known(String id, int content) {}

    private final Acknowledgement acknowledgement;

    /** What is not acknowledged, in the order in which it arrived. */
    private final Deque<Delivery> deliveries = new ArrayDeque<>();

    /** The same, by packet identifier. */
    private final Map<Integer, Delivery> byPacket = new HashMap<>();

    /** The last messages without correlation data, by packet identifier. */
    private final Map<Integer, Known> ids =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, Known> eldest) {
                    return size() > REMEMBERED;
                }
            };

    MqttDeliveries(Acknowledgement acknowledgement) {
        this.acknowledgement = acknowledgement;
    }

    /** Adds a message that has arrived. Returns null if it repeats one that is in progress. */
    synchronized @Nullable Delivery add(MqttMessage message, byte @Nullable [] correlation) {
        Delivery earlier = message.getQos() == 0 ? null : byPacket.get(message.getId());
        if (earlier != null && message.isDuplicate()) {
            return null;
        }
        Delivery delivery = new Delivery(id(message, correlation), message);
        if (delivery.qos > 0) {
            if (earlier != null) {
                earlier.lost = true;
            }
            byPacket.put(delivery.packet, delivery);
            deliveries.addLast(delivery);
        }
        return delivery;
    }

    private String id(MqttMessage message, byte @Nullable [] correlation) {
        if (correlation != null) {
            return HexFormat.of().formatHex(correlation);
        }
        int content = Arrays.hashCode(message.getPayload());
        Known known = message.isDuplicate() ? ids.get(message.getId()) : null;
        String id =
                known != null && known.content() == content
                        ? known.id()
                        : UUID.randomUUID().toString();
        ids.remove(message.getId());
        ids.put(message.getId(), new Known(id, content));
        return id;
    }

    /** Acknowledges a delivery when those before it have ended too. */
    synchronized void ended(Delivery delivery) {
        delivery.ended = true;
        while (!deliveries.isEmpty() && deliveries.getFirst().ended) {
            acknowledge(deliveries.removeFirst());
        }
    }

    /**
     * Acknowledges, before the connection is closed, what has ended although something before it
     * has not, which is not sent any more.
     */
    synchronized void acknowledgeRest() {
        deliveries.stream().filter(each -> each.ended).forEach(this::acknowledge);
        deliveries.removeIf(each -> each.ended);
    }

    private void acknowledge(Delivery delivery) {
        if (!delivery.lost) {
            byPacket.remove(delivery.packet);
            acknowledgement.send(delivery.packet, delivery.qos);
        }
    }
}
