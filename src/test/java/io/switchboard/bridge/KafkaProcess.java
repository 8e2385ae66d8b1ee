package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A Kafka in KRaft mode in its own JVM, so that it can be killed and stopped. It is broker and
 * controller in one. {@link #main} is what runs there.
 */
public final class KafkaProcess implements AutoCloseable {
    private static final String STARTED = "Kafka Server started";
    private static final int PARTITIONS = 3;

    private final Path folder;
    private final int port;
    private final Path configuration;
    private Child process;

    private KafkaProcess(Path folder) throws IOException {
        this.folder = folder;
        this.port = FreePort.find();
        int controller = FreePort.find();
        this.configuration =
                Files.write(
                        folder.resolve("server.properties"),
                        List.of(
                                "process.roles=broker,controller",
                                "node.id=1",
                                "controller.quorum.bootstrap.servers=127.0.0.1:" + controller,
                                "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                        .formatted(port, controller),
                                "controller.listener.names=CONTROLLER",
                                "log.dirs=" + folder.resolve("data"),
                                "num.partitions=" + PARTITIONS,
                                "offsets.topic.replication.factor=1",
                                "offsets.topic.num.partitions=1",
                                "group.initial.rebalance.delay.ms=0",
                                // after SIGKILL, the controller soon takes the new broker
                                "broker.heartbeat.interval.ms=500",
                                "broker.session.timeout.ms=3000"));
        this.process = run();
    }

    /** Starts a Kafka on a free port; does not wait until it is ready. */
    public static KafkaProcess start() throws IOException {
        return new KafkaProcess(Files.createTempDirectory("kafka"));
    }

    private Child run() throws IOException {
        return Child.startWithErrors(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KafkaProcess.class.getName(),
                configuration.toString());
    }

    /** Returns its address as {@code HOST:PORT}. */
    public String address() {
        return "127.0.0.1:" + port;
    }

    /** Waits until it takes records. */
    public void awaitReady() {
        process.awaitOutput(STARTED);
    }

    /** Kills it with SIGKILL. */
    void kill() {
        process.close();
    }

    /** Lets all writes to files fail from now on, as a full disk does, until the next start. */
    void fillDisk() throws Exception {
        try (Child limit =
                Child.startWithErrors(
                        "prlimit", "--pid", Long.toString(process.pid()), "--fsize=1:")) {
            assertThat(limit.awaitExit()).as(limit.output()).isZero();
        }
    }

    /** Waits until the broker has ended by itself. */
    void awaitEnd() throws InterruptedException {
        process.awaitExit();
    }

    /** Starts it again after its end, with the records that it had. */
    void startAgain() throws IOException {
        process = run();
        awaitReady();
    }

    /** Sends SIGSTOP: the sockets stay open, but the broker does not answer. */
    void pause() throws Exception {
        process.pause();
    }

    void resume() throws Exception {
        process.resume();
    }

    @Override
    public void close() throws IOException {
        process.close();
        FileSystemUtils.deleteRecursively(folder);
    }

    /** Formats the storage at the first start, and runs the broker. */
    public static void main(String[] arguments) throws IOException {
        logger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
        logger("kafka.server.KafkaRaftServer").setLevel(Level.INFO);
        String configuration = arguments[0];
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(configuration))) {
            properties.load(in);
        }
        if (Files.notExists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
            String[] format = {
                "format", "--standalone", "-t", Uuid.randomUuid().toString(), "-c", configuration
            };
            if (StorageTool.execute(format, System.out) != 0) {
                throw new IOException("the storage cannot be formatted");
            }
        }
        Kafka.main(new String[] {configuration});
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
