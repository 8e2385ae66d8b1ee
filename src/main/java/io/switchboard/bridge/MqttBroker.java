package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.mqttv5.client.IMqttAsyncClient;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.MqttReturnCode;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.mqtt.core.Mqttv5ClientManager;

/**
 * An MQTT 5 broker, with QoS 1. The client is Paho's, which connects again after a failure ({@link
 * MqttReconnect}). There is one connection for what is published, and one for the sends, which
 * {@link MqttSends} reads.
 *
 * <p>The connection for what is published has no session: the caller repeats what has failed, in
 * order. With a session, Paho would send it again too, with topic aliases of the lost connection,
 * which the broker refuses as an error of the protocol.
 *
 * <p>A message that is too large for the broker ends the connection, and with it all messages on
 * their way. Each of them is then tried alone, and the one at which the connection ends again is
 * refused.
 *
 * <p>The key of a record is a user property, as its headers are. The node itself has a retained
 * status: {@code online}, {@code offline shutting_down} after a stop, and by the last will {@code
 * offline connection_lost}.
 *
 * <p>This object's monitor guards the start, which a virtual thread makes, because it waits for the
 * broker.
 */
final class MqttBroker implements Broker {
    private static final Logger log = LoggerFactory.getLogger(MqttBroker.class);
    private static final int QOS = 1;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String TOO_LARGE =
            "Disconnect RC: " + MqttReturnCode.RETURN_CODE_PACKET_TOO_LARGE;
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int MAX_RECONNECT_MILLIS = 2_000;
    private static final long SESSION_SECONDS = Duration.ofDays(1).toSeconds();

    /** The records on their way: fewer than Mosquitto takes at a time unless it is configured. */
    private static final int MAX_IN_FLIGHT = 16;

    private final String name;
    private final BridgeProperties properties;
    private final boolean shared;
    private final String client;
    private final SslBundles bundles;
    private final String status;
    private final Mqttv5ClientManager manager;
    private final ApplicationEventPublisher events;
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT, true);
    private boolean starting;
    private volatile @Nullable MqttSends sends;
    private volatile boolean started;
    private volatile boolean closed;

    record Factory(Cluster cluster, SslBundles bundles, ApplicationEventPublisher events)
            implements BrokerFactory {
        @Override
        public BridgeType type() {
            return BridgeType.MQTT;
        }

        @Override
        public Broker create(String name, BridgeProperties properties) {
            return new MqttBroker(name, properties, cluster, bundles, events);
        }
    }

    private MqttBroker(
            String name,
            BridgeProperties properties,
            Cluster cluster,
            SslBundles bundles,
            ApplicationEventPublisher events) {
        this.name = name;
        this.properties = properties;
        this.shared = !cluster.single();
        this.bundles = bundles;
        this.events = events;
        Node self = cluster.self();
        String node = self.name() == null ? self.host() : self.label();
        this.client = "switchboard-" + name + "-" + node;
        String configured = properties.statusTo();
        this.status = configured == null ? "switchboard/status/" + client : configured;
        MqttConnectionOptions options = options();
        options.setCleanStart(true);
        options.setWill(status, message("offline connection_lost"));
        this.manager = manager(options, client + "-events");
        // not on Paho's thread, which has to receive the acknowledgement
        manager.addCallback(
                _ -> Thread.ofVirtual().name("bridge-status-" + name).start(this::connected));
    }

    private Mqttv5ClientManager manager(MqttConnectionOptions options, String id) {
        Mqttv5ClientManager created = new Mqttv5ClientManager(options, id);
        created.setPersistence(new MemoryPersistence());
        created.setCompletionTimeout(TIMEOUT.toMillis());
        created.setDisconnectCompletionTimeout(TIMEOUT.toMillis() / 10);
        created.setQuiescentTimeout(TIMEOUT.toMillis() / 10);
        created.setApplicationEventPublisher(events);
        return created;
    }

    private MqttConnectionOptions options() {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setServerURIs(new String[] {properties.url()});
        options.setUserName(properties.username());
        if (properties.password() != null) {
            options.setPassword(properties.password().getBytes(UTF_8));
        }
        if (properties.tlsBundle() != null) {
            options.setSocketFactory(
                    bundles.getBundle(properties.tlsBundle())
                            .createSslContext()
                            .getSocketFactory());
        }
        options.setHttpsHostnameVerificationEnabled(true);
        options.setAutomaticReconnect(true);
        options.setAutomaticReconnectDelay(1, 1);
        options.setMaxReconnectDelay(MAX_RECONNECT_MILLIS);
        options.setConnectionTimeout((int) TIMEOUT.toSeconds());
        return options;
    }

    private static MqttMessage message(String text) {
        MqttMessage message = new MqttMessage(text.getBytes(UTF_8));
        message.setQos(QOS);
        message.setRetained(true);
        return message;
    }

    private void connected() {
        if (!closed) {
            send(status, message("online"));
        }
    }

    private synchronized void start() {
        if (!starting && !closed) {
            starting = true;
            Thread.ofVirtual().name("bridge-connect-" + name).start(this::connect);
        }
    }

    private void connect() {
        try {
            manager.start(); // returns after a failure too, and then tries again in the background
            synchronized (this) {
                if (closed) {
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

    @Override
    public Outcome publish(Outgoing record) {
        MqttMessage message = new MqttMessage(record.body());
        message.setQos(QOS);
        message.setRetained(record.retained());
        MqttProperties values = new MqttProperties();
        if (record.json()) {
            values.setContentType("application/json");
            values.setPayloadFormat(true);
        }
        if (record.correlation() != null) {
            values.setCorrelationData(record.correlation());
        }
        if (record.key() != null && !record.retained()) {
            values.getUserProperties().add(new UserProperty("key", record.key()));
        }
        for (Map.Entry<String, String> each : record.headers().entrySet()) {
            values.getUserProperties().add(new UserProperty(each.getKey(), each.getValue()));
        }
        message.setProperties(values);
        return send(record.to(), message);
    }

    /**
     * The result of one attempt.
     *
     * @param suspect whether the broker has ended the connection because of a message, which may
     *     have been another one that was on its way
     */
    private record Attempt(Outcome outcome, boolean suspect) {}

    private Outcome send(String topic, MqttMessage message) {
        start();
        Attempt attempt = attempt(topic, message, 1);
        if (!attempt.suspect()) {
            return attempt.outcome();
        }
        Attempt alone = attempt(topic, message, MAX_IN_FLIGHT);
        return alone.suspect() && alone.outcome() instanceof Outcome.Failed(String reason, _)
                ? new Outcome.Refused("the broker ends the connection because of it: " + reason)
                : alone.outcome();
    }

    /**
     * Publishes a message, once.
     *
     * @param permits {@link #MAX_IN_FLIGHT} if nothing else may be on its way
     */
    private Attempt attempt(String topic, MqttMessage message, int permits) {
        try {
            inFlight.acquire(permits);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed("the service is stopping", false);
        }
        try {
            if (permits > 1) {
                awaitConnection();
            }
            IMqttAsyncClient connection = manager.getClient();
            if (!started || connection == null || !connection.isConnected()) {
                return failed("not connected to " + properties.url(), false);
            }
            IMqttToken token = connection.publish(topic, message);
            token.waitForCompletion(TIMEOUT.toMillis());
            return new Attempt(outcome(token.getReasonCodes()), false);
        } catch (MqttException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            return failed(root.toString(), isBecauseOfAMessage(e));
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            return failed(e.toString(), false);
        } finally {
            inFlight.release(permits);
        }
    }

    /** Waits for the connection that Paho opens again after a failure. */
    private void awaitConnection() {
        long end = System.nanoTime() + TIMEOUT.toNanos();
        while (!closed && System.nanoTime() - end < 0) {
            IMqttAsyncClient connection = manager.getClient();
            if (connection != null && connection.isConnected()) {
                return;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /**
     * Returns whether the connection has ended because a message is too large: the broker said so,
     * or it answered with the reason code 0x95, which MQTT does not permit there and Paho does not
     * accept. Mosquitto does that with {@code message_size_limit}.
     */
    private static boolean isBecauseOfAMessage(MqttException e) {
        // Paho has the reason code of a DISCONNECT packet in the text only
        return e.getReasonCode() == MqttException.REASON_CODE_INVALID_RETURN_CODE
                || (e.getReasonCode() == MqttClientException.REASON_CODE_SERVER_DISCONNECTED
                        && e.toString().contains(TOO_LARGE));
    }

    private static Attempt failed(String reason, boolean suspect) {
        return new Attempt(failed(reason), suspect);
    }

    /** Returns what an acknowledgement says, which Paho does not check. */
    static Outcome outcome(int @Nullable [] reasonCodes) {
        int code = reasonCodes == null || reasonCodes.length == 0 ? 0 : reasonCodes[0];
        if (code < MqttReturnCode.RETURN_CODE_UNSPECIFIED_ERROR) {
            return new Outcome.Accepted();
        }
        String reason = "the broker refused it with reason code 0x%02X".formatted(code);
        return switch (code) {
            case MqttReturnCode.RETURN_CODE_TOPIC_NAME_INVALID ->
                    new Outcome.Refused(reason + " (topic name invalid)");
            case MqttReturnCode.RETURN_CODE_PACKET_TOO_LARGE ->
                    new Outcome.Refused(reason + " (packet too large)");
            case MqttReturnCode.RETURN_CODE_PAYLOAD_FORMAT_INVALID ->
                    new Outcome.Refused(reason + " (payload format invalid)");
            case MqttReturnCode.RETURN_CODE_NOT_AUTHORIZED -> failed(reason + " (not authorized)");
            case MqttReturnCode.RETURN_CODE_QUOTA_EXCEEDED -> failed(reason + " (quota exceeded)");
            default -> failed(reason);
        };
    }

    private static Outcome failed(String reason) {
        return new Outcome.Failed(reason, Duration.ZERO);
    }

    @Override
    public void startSends(SendIntake records) {
        start(); // the status is online, even if nothing is published
        MqttConnectionOptions options = options();
        // the broker keeps what arrives for this node while it restarts
        options.setCleanStart(false);
        options.setSessionExpiryInterval(SESSION_SECONDS);
        options.setReceiveMaximum(MqttSends.MAX_RECORDS);
        MqttSends reader =
                new MqttSends(name, properties, shared, manager(options, client), records);
        sends = reader;
        reader.start();
    }

    @Override
    public void stopSends() {
        MqttSends reader = sends;
        if (reader != null) {
            reader.stop();
        }
    }

    @Override
    public Optional<String> problem() {
        MqttSends reader = sends;
        return reader == null ? Optional.empty() : reader.problem();
    }

    @Override
    public void close() {
        if (started) {
            send(status, message("offline shutting_down"));
        }
        synchronized (this) {
            closed = true;
            if (started) {
                manager.stop();
            }
        }
    }
}
