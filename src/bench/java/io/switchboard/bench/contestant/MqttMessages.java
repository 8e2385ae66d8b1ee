package io.switchboard.bench.contestant;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Settings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.jspecify.annotations.Nullable;

/** The installed {@code mosquitto} without persistence, with one subscriber of the events. */
public final class MqttMessages implements MessageBroker {
    private static final String PROGRAM = "mosquitto";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 4;

    /** Fewer than Mosquitto accepts of one connection at a time. */
    private static final int ON_THEIR_WAY = 16;

    /** A connection that publishes; the records of a key always use the same one. */
    private record Publisher(MqttAsyncClient client, Semaphore room) {}

    private final int port = ServerProcess.freePort();
    private final ServerProcess process;
    private final MqttAsyncClient subscriber;
    private final List<Publisher> publishers = new ArrayList<>();

    private MqttMessages(Settings settings) throws IOException, MqttException {
        Path configuration =
                Files.write(
                        settings.output().resolve("mosquitto.conf"),
                        List.of(
                                "listener " + port + " 127.0.0.1",
                                "allow_anonymous true",
                                "max_queued_messages 0"));
        process =
                ServerProcess.start(
                        List.of(PROGRAM, "-c", configuration.toString()),
                        settings.output().resolve("mosquitto.log"));
        subscriber = connect("subscriber");
        subscriber.subscribe(EVENTS, 0).waitForCompletion();
        for (int at = 0; at < CONNECTIONS; at++) {
            publishers.add(new Publisher(connect("publisher-" + at), new Semaphore(ON_THEIR_WAY)));
        }
    }

    /**
     * Returns whether the program is on the PATH; it has no option that only prints its version.
     */
    public static boolean isInstalled() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, PROGRAM)));
    }

    public static MqttMessages start(Settings settings) {
        try {
            return new MqttMessages(settings);
        } catch (IOException | MqttException e) {
            throw new BenchException("mosquitto cannot be started", e);
        }
    }

    private MqttAsyncClient connect(String id) throws MqttException {
        MqttAsyncClient client =
                new MqttAsyncClient("tcp://127.0.0.1:" + port, id, new MemoryPersistence());
        long start = System.nanoTime();
        while (true) {
            try {
                client.connect(new MqttConnectionOptions()).waitForCompletion();
                return client;
            } catch (MqttException e) {
                if (System.nanoTime() - start > START_TIMEOUT.toNanos()) {
                    throw e;
                }
                Pause.of(Duration.ofMillis(50));
            }
        }
    }

    @Override
    public String name() {
        return "mqtt";
    }

    @Override
    public List<String> arguments() {
        return List.of(
                "--switchboard.bridges.bench.type=mqtt",
                "--switchboard.bridges.bench.url=tcp://127.0.0.1:" + port);
    }

    @Override
    public void publish(String key, String body) throws Exception {
        Publisher publisher = publishers.get(Math.floorMod(key.hashCode(), CONNECTIONS));
        publisher.room().acquire();
        MqttMessage message = new MqttMessage(body.getBytes(UTF_8));
        message.setQos(1);
        publisher
                .client()
                .publish(
                        SENDS,
                        message,
                        null,
                        new MqttActionListener() {
                            @Override
                            public void onSuccess(IMqttToken token) {
                                publisher.room().release();
                            }

                            @Override
                            public void onFailure(
                                    @Nullable IMqttToken token, @Nullable Throwable failure) {
                                publisher.room().release();
                            }
                        });
    }

    @Override
    public void close() {
        try {
            for (Publisher each : publishers) {
                each.client().disconnectForcibly(0, 0, false);
                each.client().close();
            }
            subscriber.disconnectForcibly(0, 0, false);
            subscriber.close();
        } catch (MqttException e) {
            throw new BenchException("a connection cannot be closed", e);
        } finally {
            process.stop();
        }
    }
}
