package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/** Debian's mosquitto, which saves sessions and retained messages when it is stopped. */
final class MqttBrokerClient implements BrokerClient {
    /** The size of a payload that the broker does not exceed, in bytes. */
    static final int MAX_PAYLOAD = 50_000;

    private static final long TIMEOUT_MILLIS = 60_000;
    private static final String ACL = "acl";

    private final Path folder;
    private final int port = FreePort.find();
    private final int securePort = FreePort.find();
    private final Certificate certificate;
    private final List<String> command;
    private final MqttAsyncClient client;
    private final Map<String, Queue<Received>> received = new ConcurrentHashMap<>();
    private Child process;

    private MqttBrokerClient() throws Exception {
        Programs.require("mosquitto", "mosquitto");
        folder = Files.createTempDirectory("mosquitto");
        certificate =
                Certificate.make(folder, "broker", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1");
        allow();
        Path configuration =
                Files.write(
                        folder.resolve("mosquitto.conf"),
                        List.of(
                                "listener " + port + " 127.0.0.1",
                                "listener " + securePort + " 127.0.0.1",
                                "certfile " + certificate.certificate(),
                                "keyfile " + certificate.key(),
                                "allow_anonymous true",
                                "acl_file " + folder.resolve(ACL),
                                "message_size_limit " + MAX_PAYLOAD,
                                "persistence true",
                                "persistence_location " + folder + "/",
                                "max_queued_messages 0",
                                "user " + System.getProperty("user.name")));
        command = List.of("mosquitto", "-v", "-c", configuration.toString());
        process = run();
        client = new MqttAsyncClient(url(), BridgeContract.unique("test"), new MemoryPersistence());
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(3_600L);
        // so that the broker, when it is started again, repeats at most the last message
        options.setReceiveMaximum(1);
        options.setAutomaticReconnect(true);
        options.setAutomaticReconnectDelay(1, 1);
        options.setMaxReconnectDelay(1_000);
        client.connect(options).waitForCompletion(TIMEOUT_MILLIS);
        subscribe();
    }

    private void subscribe() throws MqttException {
        MqttProperties properties = new MqttProperties();
        properties.setSubscriptionIdentifiers(List.of(0)); // Paho expects a number here
        client.subscribe(
                        new MqttSubscription[] {new MqttSubscription("#", 1)},
                        null,
                        null,
                        this::arrived,
                        properties)
                .waitForCompletion(TIMEOUT_MILLIS);
    }

    static MqttBrokerClient start() {
        try {
            return new MqttBrokerClient();
        } catch (RuntimeException e) {
            throw e; // the program is missing
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Child run() throws IOException {
        Child started = Child.startWithErrors(command.toArray(String[]::new));
        started.awaitOutput("running");
        return started;
    }

    String url() {
        return "tcp://127.0.0.1:" + port;
    }

    int securePort() {
        return securePort;
    }

    /** Returns its address with TLS. */
    String secureUrl() {
        return "ssl://127.0.0.1:" + securePort;
    }

    Certificate certificate() {
        return certificate;
    }

    /** Returns its log so far. */
    String log() {
        return process.output();
    }

    /** Refuses what is published to a topic, until {@link #allowAll}. */
    void refuse(String topic) throws Exception {
        allow("topic deny " + topic);
        reload();
    }

    void allowAll() throws Exception {
        allow();
        reload();
    }

    private void allow(String... exceptions) throws IOException {
        List<String> lines = new ArrayList<>(List.of(exceptions));
        lines.add("topic readwrite #");
        Files.write(folder.resolve(ACL), lines);
    }

    private void reload() throws Exception {
        process.hangUp();
        process.awaitOutput("Reloading config");
    }

    private void arrived(String topic, MqttMessage message) {
        Map<String, String> values = new HashMap<>();
        MqttProperties properties = message.getProperties();
        for (UserProperty each : properties.getUserProperties()) {
            values.put(each.getKey(), each.getValue());
        }
        if (properties.getCorrelationData() != null) {
            values.put("correlation", new String(properties.getCorrelationData(), UTF_8));
        }
        if (properties.getContentType() != null) {
            values.put("content-type", properties.getContentType());
        }
        String key = values.remove("key");
        received.computeIfAbsent(topic, _ -> new ConcurrentLinkedQueue<>())
                .add(new Received(key, values, new String(message.getPayload(), UTF_8)));
    }

    @Override
    public List<Received> poll(String topic) {
        Queue<Received> queue = received.computeIfAbsent(topic, _ -> new ConcurrentLinkedQueue<>());
        if (queue.isEmpty()) {
            LockSupport.parkNanos(20_000_000);
        }
        List<Received> arrived = new ArrayList<>();
        for (Received each = queue.poll(); each != null; each = queue.poll()) {
            arrived.add(each);
        }
        return arrived;
    }

    @Override
    public void publish(
            String topic, @Nullable String key, String body, @Nullable String correlation)
            throws MqttException {
        MqttMessage message = new MqttMessage(body.getBytes(UTF_8));
        message.setQos(1);
        MqttProperties properties = new MqttProperties();
        if (correlation != null) {
            properties.setCorrelationData(correlation.getBytes(UTF_8));
        }
        message.setProperties(properties);
        client.publish(topic, message).waitForCompletion(TIMEOUT_MILLIS);
    }

    /** Returns the retained message of a topic, as mosquitto_sub receives it. */
    String retained(String topic) throws Exception {
        Programs.require("mosquitto_sub", "mosquitto-clients");
        try (Child sub =
                Child.start(
                        "mosquitto_sub", "-p", Integer.toString(port), "-t", topic, "-C", "1")) {
            sub.awaitExit();
            return sub.output().strip();
        }
    }

    /**
     * Ends it with SIGTERM: after SIGKILL, mosquitto has lost all of them, see {@link
     * #killWithoutSaving}.
     */
    @Override
    public void kill() throws InterruptedException {
        process.terminate();
        process.awaitExit();
        process.close();
    }

    /** Kills it with SIGKILL, and waits until the client has received what was under way. */
    void killWithoutSaving() {
        process.close();
        while (client.isConnected()) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    /**
     * Starts it again after SIGKILL, without any session. It refuses what is published to a topic
     * until the client has subscribed again.
     */
    void startAgainWithoutSessions(String topic) throws Exception {
        Files.deleteIfExists(folder.resolve("mosquitto.db"));
        allow("topic deny " + topic);
        startAgain();
        subscribe();
        allowAll();
    }

    @Override
    public void pause() throws Exception {
        process.pause();
    }

    @Override
    public void resume() throws Exception {
        process.resume();
    }

    @Override
    public void startAgain() throws Exception {
        process = run();
        while (!client.isConnected()) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            client.disconnectForcibly(100, 100, false);
            client.close();
        } catch (MqttException e) {
            throw new IOException(e);
        } finally {
            process.close();
            FileSystemUtils.deleteRecursively(folder);
        }
    }
}
