package io.switchboard.bridge;

import io.switchboard.fatal.FatalErrors;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.mqttv5.client.IMqttAsyncClient;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.MqttReturnCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.integration.mqtt.core.ClientManager;
import org.springframework.integration.mqtt.core.Mqttv5ClientManager;

/**
 * Reads the sends of a bridge from an MQTT broker: requests in JSON from {@code sends-from}, and
 * payloads from {@code sends-from/NAME}. In a cluster, the nodes share the subscription.
 *
 * <p>The broker delivers what its session has as soon as it has accepted the connection, before the
 * subscription of this process. The messages are therefore taken from the connection, by a handler
 * that is there before it is opened, and not from the subscription. It subscribes after each
 * connect, because the broker may have lost the session, and again while the broker refuses that.
 *
 * <p>A message is acknowledged when its send and those of all messages before it have ended: MQTT
 * requires the order, and Mosquitto delivers later messages too early without it. So the broker has
 * at most {@link #MAX_RECORDS} under way. {@link MqttDeliveries} has them.
 */
final class MqttSends {
    private static final Logger log = LoggerFactory.getLogger(MqttSends.class);

    static final int MAX_RECORDS = 100;
    private static final int QOS = 1;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** The option of a subscription: a retained message is no new request at each start. */
    private static final int ONLY_IF_NEW = 1;

    private final String name;
    private final String topic;
    private final SendIntake intake;
    private final Mqttv5ClientManager manager;
    private final MqttSubscription[] subscriptions;
    private final MqttDeliveries deliveries = new MqttDeliveries(this::acknowledge);
    private final AtomicInteger connects = new AtomicInteger();

    /** Guards the two fields below it. */
    private final Object life = new Object();

    private boolean started;
    private boolean stopped;

    /** Why the broker sends nothing although there is a connection; null if it does. */
    private volatile @Nullable String problem = "not subscribed yet";

    /**
     * @param manager a connection of its own, with a session
     * @param shared whether other nodes read from the same topics
     */
    MqttSends(
            String name,
            BridgeProperties properties,
            boolean shared,
            Mqttv5ClientManager manager,
            SendIntake intake) {
        this.name = name;
        this.topic = Objects.requireNonNull(properties.sendsFrom());
        this.intake = intake;
        this.manager = manager;
        manager.setManualAcks(true);
        String prefix = shared ? "$share/" + properties.groupOf(name) + "/" : "";
        this.subscriptions =
                new MqttSubscription[] {
                    subscription(prefix + topic), subscription(prefix + topic + "/+")
                };
        manager.addDefaultMessageHandler(
                (ClientManager.DefaultMessageHandler<MqttMessage>) this::received);
        // not on Paho's thread, which has to receive the acknowledgement
        manager.addCallback(
                _ ->
                        Thread.ofVirtual()
                                .name("bridge-subscribe-" + name)
                                .start(() -> subscribe(connects.incrementAndGet())));
    }

    private static MqttSubscription subscription(String filter) {
        MqttSubscription created = new MqttSubscription(filter, QOS);
        created.setRetainHandling(ONLY_IF_NEW);
        return created;
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
                    return;
                }
                started = true;
            }
            MqttReconnect.watch(manager::getClient, MqttReconnect.INTERVAL);
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            log.error("bridge {}: the MQTT client cannot start", name, e);
        }
    }

    /**
     * Subscribes, again and again while the broker refuses it.
     *
     * @param connect the number of this connect; the next one has a thread of its own
     */
    private void subscribe(int connect) {
        boolean logged = false;
        IMqttAsyncClient client = manager.getClient();
        while (client != null && client.isConnected() && connects.get() == connect) {
            String reason = trySubscribe(client);
            if (reason == null) {
                problem = null;
                return;
            }
            if (!logged) {
                logged = true;
                log.warn("bridge {}: the broker sends nothing from {}: {}", name, topic, reason);
            }
            problem = "not subscribed to %s: %s".formatted(topic, reason);
            LockSupport.parkNanos(PAUSE.toNanos());
            client = manager.getClient();
        }
    }

    /** Returns why it has failed; null if it has not. */
    private @Nullable String trySubscribe(IMqttAsyncClient client) {
        try {
            IMqttToken token = client.subscribe(subscriptions);
            token.waitForCompletion(TIMEOUT.toMillis());
            for (int code : token.getReasonCodes()) {
                if (code >= MqttReturnCode.RETURN_CODE_UNSPECIFIED_ERROR) {
                    return "the broker refused it with reason code 0x%02X".formatted(code);
                }
            }
            return null;
        } catch (MqttException e) {
            return e.toString();
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            return e.toString();
        }
    }

    /** Returns why nothing can be read; empty if it can. */
    Optional<String> problem() {
        IMqttAsyncClient client = manager.getClient();
        return client != null && client.isConnected()
                ? Optional.ofNullable(problem)
                : Optional.of("not connected to " + manager.getUrl());
    }

    /** Ends reading. The session of the broker stays, and has what is not acknowledged. */
    void stop() {
        synchronized (life) {
            stopped = true;
            if (started) {
                deliveries.acknowledgeRest();
                manager.stop();
            }
        }
    }

    /** Takes a message; called on Paho's thread. */
    private void received(String from, MqttMessage message) {
        MqttProperties values = message.getProperties();
        byte[] correlation = values == null ? null : values.getCorrelationData();
        MqttDeliveries.Delivery delivery = deliveries.add(message, correlation);
        if (delivery != null) {
            intake.accept(
                    new SendRecord(
                            delivery.id(), null, target(from), message.getPayload(), correlation),
                    () -> deliveries.ended(delivery));
        }
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

    private void acknowledge(int packet, int qos) {
        IMqttAsyncClient client = manager.getClient();
        if (client != null) {
            try {
                client.messageArrivedComplete(packet, qos);
            } catch (MqttException e) {
                // the connection was lost: the broker delivers the message again
                log.debug("bridge {}: packet {}: {}", name, packet, e.getMessage());
            }
        }
    }
}
