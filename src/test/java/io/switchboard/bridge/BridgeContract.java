package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a bridge to each kind of broker does. The service of the test has the bridge {@code test}
 * with the topics {@code events}, {@code sends} and {@code results}, and a listener that names its
 * peers by a line {@code name NAME}.
 */
abstract class BridgeContract {
    private static final int PEERS = 8;
    private static final int LINES = 150;

    /** The key {@code queue} of the bridge. */
    private static final int QUEUE = 100;

    private static final int LARGE = 30_000;
    private static final int SEND_BUFFER = 64 * 1024;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<String, List<Received>> received = new HashMap<>();
    private final RunningService service;
    private final Api api;

    BridgeContract(RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    /** Returns the client of the broker. */
    abstract BrokerClient broker();

    @BeforeEach
    void awaitBroker() {
        broker().awaitReady();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private RawClient connect() throws Exception {
        RawClient client = service.connect();
        open.add(client);
        return client;
    }

    final RawClient connect(String name) throws Exception {
        RawClient client = connect();
        client.send("name " + name + "\n");
        String id = api.idOf(client);
        await().until(() -> name.equals(api.peer(id).path("name").asString("")));
        return client;
    }

    /**
     * Closes a broker when the JVM ends. A test that fails may run again in this JVM, with the same
     * service, which is connected to this broker.
     */
    static <T extends BrokerClient> T closedAtExit(T broker) {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    try {
                                        broker.close();
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                }));
        return broker;
    }

    static String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Returns the records that match, in order, as soon as there are so many. */
    final List<Received> receive(String topic, int count, Predicate<Received> matching) {
        List<Received> all = received.computeIfAbsent(topic, _ -> new ArrayList<>());
        await().until(
                        () -> {
                            all.addAll(broker().poll(topic));
                            return all.stream().filter(matching).count() >= count;
                        });
        return all.stream().filter(matching).toList();
    }

    static JsonNode json(Received record) {
        return JsonMapper.shared().readTree(record.body());
    }

    private static Predicate<Received> ofPeer(String id) {
        return each -> json(each).at("/peer/id").asString("").equals(id);
    }

    @Test
    void publishesTheEventsOfAPeerInOrder() throws Exception {
        RawClient peer = connect();
        String id = api.idOf(peer);
        String name = unique("meter");
        peer.send("name " + name + "\none\ntwo\n");
        peer.close();
        List<Received> all = receive("events", 6, ofPeer(id));
        // the order of a key; another key may be in another partition
        assertThat(types(all.stream().filter(each -> id.equals(each.key())).toList()))
                .containsExactly("connected");
        List<Received> events = all.stream().filter(each -> name.equals(each.key())).toList();
        assertThat(types(events))
                .containsExactly("identified", "message", "message", "message", "closed");
        assertThat(events.get(3).values()).containsEntry("type", "message");
        assertThat(events.get(3).values().get("delivery")).contains("-bridge:test-");
        JsonNode message = json(events.get(3));
        assertThat(message.path("text").asString()).isEqualTo("two");
        assertThat(message.at("/peer/name").asString()).isEqualTo(name);
        assertThat(message.at("/peer/listener").asString()).isEqualTo("default");
        assertThat(json(events.get(4)).path("reason").asString()).isEqualTo("peer_closed");
    }

    private static List<String> types(List<Received> events) {
        return events.stream().map(each -> json(each).path("type").asString()).toList();
    }

    @Test
    void executesSendsAndPublishesTheirReports() throws Exception {
        String name = unique("printer");
        RawClient peer = connect(name);
        broker().publish(
                        "sends",
                        null,
                        """
                        {"to":"%s","text":"ring","wait":"acked","timeout":"20s"}
                        """
                                .formatted(name),
                        "job 4711");
        assertThat(peer.readLine()).isEqualTo("ring");
        Received result =
                receive("results", 1, each -> "job 4711".equals(each.values().get("correlation")))
                        .getFirst();
        assertThat(json(result).path("status").asInt()).isEqualTo(200);
        assertThat(json(result).path("acked").asInt()).isEqualTo(1);
        assertThat(json(result).path("record").asString())
                .isEqualTo(result.values().get("record"))
                .isNotEmpty();
    }

    @Test
    void keepsTheOrderOfSendsToAPeer() throws Exception {
        String name = unique("display");
        RawClient peer = connect(name);
        for (int number = 0; number < 100; number++) {
            broker().publish(
                            "sends",
                            null,
                            "{\"to\":\"%s\",\"text\":\"%d\"}".formatted(name, number),
                            null);
        }
        for (int number = 0; number < 100; number++) {
            assertThat(peer.readLine()).isEqualTo(Integer.toString(number));
        }
    }

    @Test
    void reportsASendThatFails() throws Exception {
        String name = unique("nobody");
        broker().publish("sends", null, "{\"to\":\"%s\",\"text\":\"x\"}".formatted(name), name);
        Received result =
                receive("results", 1, each -> name.equals(each.values().get("correlation")))
                        .getFirst();
        assertThat(json(result).path("status").asInt()).isEqualTo(404);
        assertThat(json(result).path("reason").asString()).isEqualTo("unknown");
    }

    @Test
    void storesASendWithTtl() throws Exception {
        String name = unique("truck");
        broker().publish(
                        "sends",
                        null,
                        "{\"to\":\"%s\",\"text\":\"turn left\",\"ttl\":\"1h\",\"timeout\":\"100ms\"}"
                                .formatted(name),
                        name);
        Received result =
                receive("results", 1, each -> name.equals(each.values().get("correlation")))
                        .getFirst();
        assertThat(json(result).path("status").asInt()).isEqualTo(202);
        assertThat(json(result).path("stored").asInt()).isEqualTo(1);
        assertThat(connect(name).readLine()).isEqualTo("turn left");
    }

    @Test
    void aRecordThatIsNoRequestGoesToTheDeadOnes() throws Exception {
        String mark = unique("poison");
        broker().publish("sends", "k", "{\"to\":\"all\",\"tekst\":\"%s\"}".formatted(mark), null);
        Received dead = receive("sends.dead", 1, each -> each.body().contains(mark)).getFirst();
        assertThat(dead.values()).containsEntry("status", "400");
        assertThat(dead.values()).containsEntry("reason", "bad_request");
        assertThat(dead.values().get("detail")).startsWith("unknown field 'tekst': known are ");
        broker().publish(
                        "sends",
                        "k",
                        "{\"to\":\"all\",\"text\":\"%s\",\"timeout\":\"31s\"}".formatted(mark),
                        null);
        receive(
                "sends.dead",
                1,
                each -> each.values().getOrDefault("detail", "").contains("takes 30s at most"));
    }

    /**
     * Each peer's ledger balances, in order, though the broker is killed under load. So does that
     * of the sends, each of which a peer gets once.
     */
    @Test
    void noEventIsLostOrOvertakenWhileTheBrokerIsAway() throws Exception {
        List<RawClient> peers = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int each = 0; each < PEERS; each++) {
            names.add(unique("p"));
            peers.add(connect(names.getLast()));
        }
        AtomicBoolean killed = new AtomicBoolean();
        CompletableFuture<Void> load =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                for (int line = 0; line < LINES; line++) {
                                    for (RawClient peer : peers) {
                                        peer.send("line " + line + "\n");
                                    }
                                    if (line < LINES / 3) {
                                        publishSend(names.getFirst(), line);
                                    }
                                    if (line == LINES / 3) {
                                        broker().kill();
                                        killed.set(true);
                                    }
                                }
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
        load.get(GeneralLimit.SECONDS, TimeUnit.SECONDS);
        assertThat(killed).isTrue();
        await().until(() -> !problem().isEmpty());
        assertThat(api.get("/actuator/health/readiness").json().path("status").asString())
                .isEqualTo("UP");
        broker().startAgain();
        for (String name : names) {
            assertThat(receiveLines(name, LINES)).containsExactlyElementsOf(lines(LINES));
        }
        await().until(() -> problem().isEmpty());
        assertThat(metric("switchboard_bridge_queued_events{bridge=\"test\"}")).isZero();
        publishSend(names.getFirst(), LINES / 3);
        for (int number = 0; number <= LINES / 3; number++) {
            assertThat(peers.getFirst().readLine()).isEqualTo(Integer.toString(number));
        }
    }

    private void publishSend(String name, int number) throws Exception {
        broker().publish(
                        "sends",
                        null,
                        "{\"to\":\"%s\",\"text\":\"%d\"}".formatted(name, number),
                        name + " " + number);
    }

    /**
     * A broker that does not answer, while its connections stay open. The peer sends until the
     * queue and the buffers of the kernel are full, and TCP stops it.
     */
    @Test
    void aSlowBrokerStopsPeersAndLosesNothing() throws Exception {
        String name = unique("camera");
        RawClient peer = connect(name);
        peer.socket().setSendBufferSize(SEND_BUFFER);
        receive("events", 1, each -> name.equals(each.key()));
        AtomicInteger written = new AtomicInteger();
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> load;
        broker().pause();
        try {
            // not a thread of the common pool, which Process.onExit needs
            load =
                    CompletableFuture.runAsync(
                            () -> sendLarge(peer, written, stop),
                            task -> Thread.ofPlatform().start(task));
            await().until(() -> metric("switchboard_paused_peers{listener=\"default\"}") > 0);
            await().until(() -> !problem().isEmpty()); // an attempt has failed
            AtomicInteger before = new AtomicInteger(-1);
            await().during(Duration.ofSeconds(1))
                    .until(() -> before.getAndSet(written.get()) == written.get());
            assertThat(load).isNotDone();
            // a read may bring more than there is room for, and the next one is not made
            assertThat(metric("switchboard_bridge_queued_events{bridge=\"test\"}"))
                    .isBetween(1.0, QUEUE + 20.0);
            assertThat(metric("switchboard_bridge_queued_bytes{bridge=\"test\"}"))
                    .isLessThan(16 * 1024 * 1024);
            assertThat(api.get("/actuator/health/readiness").status()).isEqualTo(200);
        } finally {
            stop.set(true);
            broker().resume();
        }
        load.get(GeneralLimit.SECONDS, TimeUnit.SECONDS);
        int sent = written.get();
        assertThat(receiveLines(name, sent)).containsExactlyElementsOf(lines(sent));
        await().until(() -> problem().isEmpty());
    }

    private double metric(String name) {
        return api.metric(name);
    }

    private static void sendLarge(RawClient peer, AtomicInteger written, AtomicBoolean stop) {
        String filling = "x".repeat(LARGE);
        try {
            while (!stop.get()) {
                peer.send("line " + written.get() + " " + filling + "\n");
                written.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives up an event that is too large for the broker, and publishes the others. */
    final void givesUpALineOf(int length) throws Exception {
        String givenUp = "switchboard_bridge_given_up_events_total{bridge=\"test\"}";
        double before = metric(givenUp);
        String name = unique("scanner");
        RawClient peer = connect(name);
        peer.send("line 0\n" + "x".repeat(length) + "\nline 1\n");
        assertThat(receiveLines(name, 2)).containsExactlyElementsOf(lines(2));
        assertThat(metric(givenUp)).isEqualTo(before + 1);
        await().until(() -> problem().isEmpty());
    }

    private static String text(Received record) {
        return json(record).path("text").asString("");
    }

    /** Returns a line without what fills it up. */
    private static String line(Received record) {
        String text = text(record);
        int end = text.indexOf(' ', "line ".length());
        return end < 0 ? text : text.substring(0, end);
    }

    /** Returns the lines of a peer, as soon as this one is there; others may be missing. */
    final List<String> awaitLine(String name, int last) {
        Predicate<Received> matching =
                each -> name.equals(each.key()) && each.body().contains("\"text\":\"line ");
        await().until(
                        () ->
                                receive("events", 0, matching).stream()
                                        .anyMatch(each -> line(each).equals("line " + last)));
        return withoutRepetitions(receive("events", 0, matching));
    }

    /** Returns the lines of a peer, as soon as there are so many different ones. */
    final List<String> receiveLines(String name, int lines) {
        Predicate<Received> matching =
                each -> name.equals(each.key()) && each.body().contains("\"text\":\"line ");
        await().until(
                        () ->
                                receive("events", lines, matching).stream()
                                        .anyMatch(
                                                each -> line(each).equals("line " + (lines - 1))));
        return withoutRepetitions(receive("events", lines, matching));
    }

    /** Returns what a peer has sent: the lines with the numbers from 0. */
    static List<String> lines(int count) {
        return IntStream.range(0, count).mapToObj(line -> "line " + line).toList();
    }

    final Api api() {
        return api;
    }

    /** Returns the texts, each once; one that follows a later one again is only a repetition. */
    private static List<String> withoutRepetitions(List<Received> records) {
        List<String> texts = new ArrayList<>();
        @Nullable String last = null;
        for (Received each : records) {
            String text = line(each);
            if (!text.equals(last)) { // a repetition follows at once, as order holds
                texts.add(text);
            }
            last = text;
        }
        return texts;
    }

    /** Returns why the bridge is down, from the health component; empty if it is up. */
    final String problem() {
        JsonNode health = api.get("/actuator/health").json().at("/components/bridges");
        assertThat(health.path("status").asString()).as(health.toString()).isIn("UP", "DOWN");
        return health.path("status").asString().equals("UP")
                ? ""
                : health.at("/details/test").asString();
    }
}
