package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.delivery.SendRequests;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.integration.mqtt.core.Mqttv5ClientManager;

/** The sends of a real mosquitto, without the rest of the service. */
@Tag("system")
@Tag("beside")
class MqttSendsIT {
    private static final int SENDS = 50;
    private static final int TARGETS = 20;

    /** Fewer than Mosquitto takes at a time. */
    private static final int TOGETHER = 8;

    private static final String CLIENT = "node";
    private static MqttBrokerClient broker;

    private volatile Duration longestSend = Duration.ZERO;
    private final List<String> sent = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void startBroker() {
        broker = MqttBrokerClient.start();
    }

    @AfterAll
    static void closeBroker() throws IOException {
        broker.close();
    }

    /**
     * What arrives while the service is down, the broker delivers as soon as it has accepted the
     * connection, before the service has subscribed.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takesWhatTheBrokerHasKept(boolean shared) throws Exception {
        leaveSession(shared ? "$share/switchboard-b/" : "");
        List<String> bodies =
                IntStream.range(0, SENDS)
                        .mapToObj(number -> "{\"to\":\"a\",\"text\":\"%d\"}".formatted(number))
                        .toList();
        for (String each : bodies) {
            broker.publish("sends", null, each, null);
        }
        MqttSends sends = start(shared);
        await().until(() -> sent.size() >= SENDS);
        await().until(() -> sends.problem().isEmpty());
        broker.publish("sends/a", null, "end", null);
        await().until(() -> sent.size() > SENDS);
        sends.stop();
        assertThat(sent.subList(0, SENDS)).isEqualTo(bodies);
        assertThat(sent.subList(SENDS, sent.size())).containsExactly("end");
        assertThat(sends.problem()).isPresent();
        sent.clear();
        MqttSends again = start(shared); // all of them were acknowledged
        await().until(() -> again.problem().isEmpty());
        broker.publish("sends/a", null, "next", null);
        await().until(() -> !sent.isEmpty());
        again.stop();
        assertThat(sent).containsExactly("next");
    }

    /** Mosquitto overtakes, if messages are acknowledged in another order than it sent them in. */
    @Test
    void keepsTheOrderThoughSendsEndInAnotherOne() throws Exception {
        leaveSession("");
        longestSend = Duration.ofMillis(30); // slower than messages are published
        MqttSends sends = start(false);
        await().until(() -> sends.problem().isEmpty());
        List<String> bodies = new ArrayList<>();
        for (int number = 0; number < 2_000; number++) {
            bodies.add("{\"to\":\"%d\",\"text\":\"%d\"}".formatted(number % TARGETS, number));
        }
        publishTogether(bodies);
        await().until(() -> sent.size() >= bodies.size());
        sends.stop();
        assertThat(sent).hasSameSizeAs(bodies);
        for (int target = 0; target < TARGETS; target++) {
            String start = "{\"to\":\"%d\"".formatted(target);
            assertThat(sent.stream().filter(each -> each.startsWith(start)))
                    .containsExactlyElementsOf(
                            bodies.stream().filter(each -> each.startsWith(start)).toList());
        }
    }

    /** Publishes messages to {@code sends}, several at a time. */
    private static void publishTogether(List<String> bodies) throws MqttException {
        MqttAsyncClient client =
                new MqttAsyncClient(broker.url(), "publisher", new MemoryPersistence());
        client.connect(new MqttConnectionOptions()).waitForCompletion();
        Deque<IMqttToken> underWay = new ArrayDeque<>();
        for (String each : bodies) {
            underWay.addLast(publish(client, each));
            if (underWay.size() == TOGETHER) {
                underWay.removeFirst().waitForCompletion();
            }
        }
        for (IMqttToken each : underWay) {
            each.waitForCompletion();
        }
        client.disconnect().waitForCompletion();
        client.close();
    }

    /** Publishes when there is room: Paho frees it a little after it has completed a token. */
    private static IMqttToken publish(MqttAsyncClient client, String body) throws MqttException {
        while (true) {
            try {
                return client.publish("sends", body.getBytes(UTF_8), 1, false);
            } catch (MqttException e) {
                if (e.getReasonCode() != MqttClientException.REASON_CODE_MAX_INFLIGHT) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    private static MqttConnectionOptions options() {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setServerURIs(new String[] {broker.url()});
        options.setAutomaticReconnect(true);
        options.setCleanStart(false);
        options.setSessionExpiryInterval(3_600L);
        return options;
    }

    /** Connects as the service would, subscribes, and is gone. */
    private static void leaveSession(String prefix) throws MqttException {
        MqttAsyncClient client = new MqttAsyncClient(broker.url(), CLIENT, new MemoryPersistence());
        MqttConnectionOptions options = options();
        options.setCleanStart(true); // no subscription of an earlier test
        client.connect(options).waitForCompletion();
        client.subscribe(
                        new MqttSubscription[] {
                            new MqttSubscription(prefix + "sends", 1),
                            new MqttSubscription(prefix + "sends/+", 1)
                        })
                .waitForCompletion();
        client.disconnect().waitForCompletion();
        client.close();
    }

    private MqttSends start(boolean shared) {
        BridgeProperties properties =
                new Binder(
                                new MapConfigurationPropertySource(
                                        Map.of(
                                                "b.type", "mqtt",
                                                "b.url", broker.url(),
                                                "b.sends-from", "sends")))
                        .bind("b", BridgeProperties.class)
                        .get();
        Mqttv5ClientManager manager = new Mqttv5ClientManager(options(), CLIENT);
        manager.setPersistence(new MemoryPersistence());
        manager.setQuiescentTimeout(100);
        manager.setDisconnectCompletionTimeout(1_000);
        MqttSends sends =
                new MqttSends(
                        "b",
                        properties,
                        shared,
                        manager,
                        new SendIntake(
                                "b",
                                properties,
                                new Requests(),
                                new NoBroker(),
                                new SimpleMeterRegistry()));
        sends.start();
        return sends;
    }

    private final class Requests implements SendRequests {
        @Override
        public Answer send(Source source, byte[] body) {
            if (!longestSend.isZero()) {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longestSend.toNanos()));
            }
            sent.add(new String(body, UTF_8));
            return new Answer(200, "", "", "{}".getBytes(UTF_8));
        }

        @Override
        public Answer send(Source source, String name, byte[] payload) {
            return send(source, payload);
        }
    }

    /** Nothing is published, because there is no {@code results-to}. */
    private static final class NoBroker implements Broker {
        @Override
        public Outcome publish(Outgoing record) {
            throw new IllegalStateException(record.to());
        }

        @Override
        public void startSends(SendIntake intake) {}

        @Override
        public void stopSends() {}

        @Override
        public Optional<String> problem() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
