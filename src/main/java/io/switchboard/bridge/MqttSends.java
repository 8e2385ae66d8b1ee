package io.switchboard.bridge;

import io.switchboard.fatal.FatalErrors;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.eclipse.paho.mqttv5.client.IMqttAsyncClient;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.SimpleAcknowledgment;
import org.springframework.integration.mqtt.core.Mqttv5ClientManager;
import org.springframework.integration.mqtt.inbound.Mqttv5PahoMessageDrivenChannelAdapter;
import org.springframework.integration.mqtt.support.MqttHeaders;
import org.springframework.messaging.Message;

/**
 * Reads the sends of a bridge from an MQTT broker: requests in JSON from {@code sends-from}, and
 * payloads from {@code sends-from/NAME}. In a cluster, the nodes share the subscription.
 *
 * <p>A message is acknowledged (PUBACK) when its send has ended, so the broker has at most {@link
 * #MAX_RECORDS} under way. Its id is its correlation data. A message without correlation data gets
 * an id here, under which it is known if the broker delivers it again to this process: it then has
 * the same packet identifier and the DUP flag.
 *
 * <p>This object's monitor guards the messages in progress and the ids. Race: the broker delivers a
 * message again, after the connection was lost, while its send is in progress. The repetition is
 * ignored, and the acknowledgement of the first delivery has its packet identifier too.
 */
final class MqttSends {
    private static final Logger log = LoggerFactory.getLogger(MqttSends.class);

    static final int MAX_RECORDS = 100;
    private static final int REMEMBERED = 1_000;
    private static final int QOS = 1;

    private final String name;
    private final String topic;
    private final SendIntake intake;
    private final Mqttv5ClientManager manager;
    private final Mqttv5PahoMessageDrivenChannelAdapter adapter;
    private final Set<Integer> inProgress = new HashSet<>();

    /** Guards the two fields below it. */
    private final Object life = new Object();

    private boolean started;
    private boolean stopped;

    /** The ids of the last messages without correlation data, by packet identifier. */
    private final Map<Integer, String> ids =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, String> eldest) {
                    return size() > REMEMBERED;
                }
            };

    /**
     * @param manager a connection of its own, with a session
     * @param shared whether other nodes read from the same topics
     */
    MqttSends(
            String name,
            BridgeProperties properties,
            boolean shared,
            Mqttv5ClientManager manager,
            BeanFactory beans,
            ApplicationEventPublisher events,
            SendIntake intake) {
        this.name = name;
        this.topic = Objects.requireNonNull(properties.sendsFrom());
        this.intake = intake;
        this.manager = manager;
        manager.setManualAcks(true);
        String prefix = shared ? "$share/" + properties.groupOf(name) + "/" : "";
        this.adapter =
                new Mqttv5PahoMessageDrivenChannelAdapter(
                        manager, prefix + topic, prefix + topic + "/+");
        adapter.setPayloadType(MqttMessage.class);
        adapter.setManualAcks(true);
        adapter.setQos(QOS);
        adapter.setBeanFactory(beans);
        adapter.setApplicationEventPublisher(events);
        adapter.setOutputChannel(
                (message, _) -> {
                    received(message);
                    return true;
                });
        adapter.afterPropertiesSet();
    }

    /** Connects on a virtual thread, and again after a failure. */
    void start() {
        Thread.ofVirtual().name("bridge-connect-" + name).start(this::connect);
    }

    private void connect() {
        try {
            manager.start(); // returns after a failure too, and then tries again in the background
            synchronized (life) {
                if (stopped) {
                    manager.stop();
                } else {
                    adapter.start();
                    started = true;
                }
            }
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            log.error("bridge {}: the MQTT client cannot start", name, e);
        }
    }

    boolean connected() {
        IMqttAsyncClient client = manager.getClient();
        return client != null && client.isConnected();
    }

    /** Ends reading. The session of the broker stays, and has what is not acknowledged. */
    void stop() {
        synchronized (life) {
            stopped = true;
            if (started) {
                adapter.stop();
                manager.stop();
            }
        }
    }

    /** Takes a message; called on Paho's thread. */
    private void received(Message<?> received) {
        MqttMessage message = (MqttMessage) received.getPayload();
        String from =
                Objects.requireNonNull(
                        received.getHeaders().get(MqttHeaders.RECEIVED_TOPIC, String.class));
        int packet = message.getId();
        MqttProperties values = message.getProperties();
        byte[] correlation = values == null ? null : values.getCorrelationData();
        String id;
        synchronized (this) {
            if (message.getQos() > 0 && !inProgress.add(packet)) {
                return;
            }
            id = id(message, correlation);
        }
        SimpleAcknowledgment acknowledgment =
                received.getHeaders()
                        .get(
                                IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK,
                                SimpleAcknowledgment.class);
        intake.accept(
                new SendRecord(id, null, target(from), message.getPayload(), correlation),
                () -> ended(packet, acknowledgment));
    }

    private String id(MqttMessage message, byte @Nullable [] correlation) {
        if (correlation != null) {
            return HexFormat.of().formatHex(correlation);
        }
        String known = message.isDuplicate() ? ids.get(message.getId()) : null;
        String id = known == null ? UUID.randomUUID().toString() : known;
        ids.remove(message.getId());
        ids.put(message.getId(), id);
        return id;
    }

    /** Returns the name to which a payload goes; null for the topic of requests. */
    private @Nullable String target(String from) {
        if (from.length() <= topic.length()) {
            return null;
        }
        String escaped = from.substring(topic.length() + 1);
        try {
            return TopicTemplate.unescaped(escaped);
        } catch (IllegalArgumentException e) {
            return escaped; // no peer has such a name
        }
    }

    private void ended(int packet, @Nullable SimpleAcknowledgment acknowledgment) {
        synchronized (this) {
            inProgress.remove(packet);
        }
        if (acknowledgment != null) {
            try {
                acknowledgment.acknowledge();
            } catch (IllegalStateException e) {
                // the connection was lost: the broker delivers the message again
                log.debug("bridge {}: packet {}: {}", name, packet, e.getMessage());
            }
        }
    }
}
