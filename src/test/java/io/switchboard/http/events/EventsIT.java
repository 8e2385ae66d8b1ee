package io.switchboard.http.events;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** GET /events, from an action of a peer to the bytes that a subscriber reads. */
@WithService
@DirtiesContext
@TestPropertySource(
        properties = {
            "switchboard.events.buffer=1000",
            "switchboard.events.heartbeat=500ms",
            "switchboard.events.write-deadline=6s",
            "switchboard.listeners.default.groups=lines",
            "switchboard.listeners.binary.port=0",
            "switchboard.listeners.binary.framing=length:4",
        })
class EventsIT {
    private static final int FLOODING = 100;
    private static final int LINES = 3_000;

    /** The events of this number of lines of 200 bytes exceed all buffers of a client's socket. */
    private static final int FILLING = 40_000;

    private final RunningService service;
    private final Api api;

    EventsIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    private static List<String> texts(List<EventReader.Sse> events) {
        return events.stream().map(EventReader.Sse::text).toList();
    }

    private static void assertConsecutiveIds(List<EventReader.Sse> events) {
        long first = Long.parseLong(events.getFirst().id());
        assertThat(events.stream().map(event -> Long.parseLong(event.id())))
                .containsExactlyElementsOf(
                        IntStream.range(0, events.size()).mapToObj(i -> first + i).toList());
    }

    @Test
    void streamsTheEventsOfAPeerInOrder() throws Exception {
        Instant before = Instant.now();
        try (EventReader reader = EventReader.open(api, "/events");
                RawClient peer = service.connect()) {
            String id = api.idOf(peer);
            peer.send("hello\nworld\n");
            assertThat(texts(reader.next(3))).containsExactly("connected", "hello", "world");
            api.answer(
                    api.request("/peers/" + id)
                            .method("PATCH", BodyPublishers.ofString("{\"name\":\"plc-1\"}")));
            peer.send("bye\n");
            List<EventReader.Sse> named = reader.next(2);
            assertThat(texts(named)).containsExactly("identified", "bye");
            api.delete("/peers/plc-1");
            EventReader.Sse closed = reader.next();

            JsonNode json = named.getLast().json();
            assertThat(json.propertyNames()).containsExactly("seq", "type", "at", "peer", "text");
            assertThat(json.get("seq").asString()).isEqualTo(named.getLast().id());
            assertThat(json.get("type").asString()).isEqualTo("message");
            assertThat(Instant.parse(json.get("at").asString()))
                    .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
            assertThat(json.get("peer").toString())
                    .isEqualTo(
                            "{\"id\":\"%s\",\"name\":\"plc-1\",\"listener\":\"default\",\"peername\":{\"host\":\"127.0.0.1\",\"port\":%d}}"
                                    .formatted(id, peer.port()));
            assertThat(closed.type()).isEqualTo("closed");
            assertThat(closed.json().get("reason").asString()).isEqualTo("kicked");
            assertThat(reader.comments())
                    .startsWith("connected")
                    .containsOnlyOnce("connected")
                    // on a machine that stalls for longer than the interval
                    .isSubsetOf("connected", "heartbeat");
        }
    }

    /** No payload may break the frame of its event. */
    @Test
    void everyPayloadArrivesAsItWasSent() throws Exception {
        List<byte[]> payloads =
                List.of(
                        "\n".getBytes(UTF_8),
                        "a\nb\r\nc\rd\n\n".getBytes(UTF_8),
                        "\n\ndata: x\nid: 7\nevent: gap\n\n".getBytes(UTF_8),
                        new byte[0],
                        new byte[] {0},
                        "a\0b\u001b[31m\u007f".getBytes(UTF_8),
                        "\u0085 \u2028 \u2029 \ufeff \"\\ \ud83d\ude00".getBytes(UTF_8),
                        new byte[] {'a', (byte) 0xFF, (byte) 0xFE, '\n'},
                        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                        "\u00e9".getBytes(ISO_8859_1),
                        "x".repeat(65_536).getBytes(UTF_8),
                        "\n".repeat(65_536).getBytes(UTF_8),
                        new byte[65_536]);
        try (EventReader reader = EventReader.open(api, "/events?type=message");
                RawClient peer = RawClient.connect(service.port("binary"))) {
            for (byte[] payload : payloads) {
                peer.send(
                        ByteBuffer.allocate(4 + payload.length)
                                .putInt(payload.length)
                                .put(payload)
                                .array());
            }
            for (byte[] payload : payloads) {
                JsonNode event = reader.next().json();
                byte[] got =
                        event.has("text")
                                ? event.get("text").asString().getBytes(UTF_8)
                                : Base64.getDecoder().decode(event.get("base64").asString());
                assertThat(got).isEqualTo(payload);
            }
        }
    }

    /** Python's splitlines(), which clients use, splits at these characters. */
    @Test
    void escapesUnicodeLineSeparators() throws Exception {
        try (EventReader reader = EventReader.open(api, "/events?type=message");
                RawClient peer = service.connect()) {
            peer.send("\u0085\u2028\u2029\n");
            assertThat(reader.next().data()).contains("\"text\":\"\\u0085\\u2028\\u2029\"");
        }
    }

    @Test
    void resumingLosesAndRepeatsNothing() throws Exception {
        try (RawClient peer = service.connect()) {
            api.idOf(peer);
            String seen;
            List<String> received = new ArrayList<>();
            try (EventReader reader = EventReader.open(api, "/events")) {
                peer.send("1\n2\n3\n");
                received.addAll(texts(reader.next(3)));
                seen = reader.lastId();
            }
            peer.send("4\n5\n");
            try (EventReader reader = EventReader.open(api, "/events", seen)) {
                received.addAll(texts(reader.next(2)));
                peer.send("6\n");
                received.addAll(texts(reader.next(1)));
                seen = reader.lastId();
            }
            peer.send("7\n");
            String path = "/events?lastEventId=" + seen;
            try (EventReader reader = EventReader.open(api, path)) {
                peer.send("8\n");
                received.addAll(texts(reader.next(2)));
                seen = reader.lastId();
            }
            // the header is newer than what a browser repeats in the query
            try (EventReader reader = EventReader.open(api, path, seen)) {
                peer.send("9\n");
                received.addAll(texts(reader.next(1)));
            }
            assertThat(received).containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9");
        }
    }

    /** A client that has received no event can resume too, because the first comment has an id. */
    @Test
    void resumesFromAStreamWithoutEvents() throws Exception {
        try (RawClient peer = service.connect()) {
            api.idOf(peer);
            String seen;
            try (EventReader reader = EventReader.open(api, "/events")) {
                await().until(() -> !reader.lastId().isEmpty());
                seen = reader.lastId();
            }
            peer.send("while nobody looked\n");
            try (EventReader reader = EventReader.open(api, "/events", seen)) {
                assertThat(reader.next().text()).isEqualTo("while nobody looked");
            }
        }
    }

    @Test
    void reportsAGapForEventsThatTheBufferNoLongerHas() throws Exception {
        try (RawClient peer = service.connect();
                EventReader all = EventReader.open(api, "/events?peer=" + api.idOf(peer))) {
            peer.send("first\n");
            long seen = Long.parseLong(all.next().id());
            long last = 0;
            for (int burst = 0; burst < 15; burst++) {
                peer.send("x\n".repeat(100));
                last = Long.parseLong(all.next(100).getLast().id());
            }
            try (EventReader late = EventReader.open(api, "/events", Long.toString(seen))) {
                EventReader.Sse gap = late.next();
                long missed = last - 1_000 - seen;
                assertThat(gap.type()).isEqualTo("gap");
                assertThat(gap.data())
                        .isEqualTo(
                                "{\"missed\":%d,\"from\":%d,\"to\":%d}"
                                        .formatted(missed, seen + 1, seen + missed));
                List<EventReader.Sse> kept = late.next(1_000);
                assertConsecutiveIds(kept);
                assertThat(kept.getLast().id()).isEqualTo(Long.toString(last));
            }
            for (String foreign : List.of("1", Long.toString(last + 5))) {
                try (EventReader other = EventReader.open(api, "/events", foreign)) {
                    EventReader.Sse gap = other.next();
                    assertThat(gap.type()).isEqualTo("gap");
                    assertThat(gap.data())
                            .isEqualTo(
                                    "{\"missed\":null,\"from\":null,\"to\":%d}"
                                            .formatted(last - 1_000));
                    assertThat(other.next().id()).isEqualTo(Long.toString(last - 999));
                }
            }
        }
    }

    @Test
    void streamsOnlyTheSelectedEvents() throws Exception {
        try (RawClient two = RawClient.connect(service.port("binary"))) {
            RawClient one = service.connect();
            String id = api.idOf(one);
            api.idOf(two);
            try (EventReader byId = EventReader.open(api, "/events?peer=" + id);
                    EventReader byGroup = EventReader.open(api, "/events?group=lines");
                    EventReader byListener =
                            EventReader.open(api, "/events?listener=binary&type=message");
                    EventReader closes =
                            EventReader.open(api, "/events?type=closed&type=send-failed")) {
                one.send("from one\n");
                two.send(new byte[] {0, 0, 0, 1, 't'});
                assertThat(byListener.next().text()).isEqualTo("t");
                one.close();
                assertThat(texts(byId.next(2))).containsExactly("from one", "closed");
                assertThat(texts(byGroup.next(2))).containsExactly("from one", "closed");
                assertThat(closes.next().type()).isEqualTo("closed");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type=gone | 400 | known are connected, identified, message, closed, send-failed, message-stored, message-acked, message-expired, message-cancelled",
                "listener=no | 400 | known are binary, default",
                "peer= | 400 | a name takes 1 to 128 characters",
                "group=a%2Fb | 400 | the character '/'",
                "peer=0bbbbb-1 | 404 | no peer '0bbbbb-1' has been known",
                "lastEventId=x | 400 | a number",
                "lastEventId=1&lastEventId=2 | 400 | 2 times",
                "peers=1 | 400 | known are group, lastEventId, listener, node, peer, ticket, type",
            })
    void refusesInvalidParametersAndSuggestsValidOnes(String query, int status, String sentence) {
        Api.Answer answer = api.get("/events?" + query);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().get("detail").asString()).contains(sentence);
    }

    @Test
    void headHasHeadersAndEnds() {
        Api.Answer answer = api.head("/events");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream");
        assertThat(api.post("/events", "").status()).isEqualTo(405);
    }

    @Test
    void publishesOnceThatASendFailedAfterItsAnswer() throws Exception {
        try (RawClient peer = RawClient.connectWithTinyBuffer(service.port());
                EventReader reader =
                        EventReader.open(api, "/events?type=send-failed&type=closed")) {
            String id = api.idOf(peer);
            List<String> queued = new ArrayList<>();
            await().until(
                            () -> {
                                JsonNode report =
                                        api.post("/send?wait=queued&to=" + id, "x".repeat(300_000))
                                                .json();
                                if (report.get("queued").asInt() == 1) {
                                    queued.add(report.get("id").asString());
                                }
                                return queued.size() == 2;
                            });
            assertThat(api.post("/send?to=nobody", "x").status()).isEqualTo(404);
            peer.reset();
            api.awaitClosed(id);
            assertThat(api.post("/send?to=" + id, "x").status()).isEqualTo(410);
            try (RawClient marker = service.connect()) {
                api.idOf(marker);
            }
            List<EventReader.Sse> all = reader.next(4);
            List<EventReader.Sse> failed =
                    all.stream().filter(each -> each.type().equals("send-failed")).toList();
            assertThat(failed.stream().map(each -> each.json().get("delivery").asString()))
                    .containsExactlyElementsOf(queued);
            assertThat(failed)
                    .allSatisfy(
                            each -> {
                                assertThat(each.json().get("reason").asString()).isEqualTo("reset");
                                assertThat(each.json().get("peer").get("id").asString())
                                        .isEqualTo(id);
                            });
            assertThat(all.getLast().type()).isEqualTo("closed");
        }
    }

    @Test
    void aThousandSubscribersGetEveryEvent() throws Exception {
        int messages = 300;
        awaitNoSubscribers();
        List<EventReader> readers = new ArrayList<>();
        try (RawClient peer = service.connect()) {
            api.idOf(peer);
            for (int i = 0; i < 1_000; i++) {
                readers.add(EventReader.open(api, "/events?type=message"));
            }
            Api.Answer tooMany = api.get("/events");
            assertThat(tooMany.status()).isEqualTo(503);
            assertThat(tooMany.header("Retry-After")).isNotEmpty();
            assertThat(tooMany.json().get("reason").asString()).isEqualTo("too_many_subscribers");
            assertThat(subscribers()).isEqualTo(1_000);
            List<String> lines = IntStream.range(0, messages).mapToObj(i -> "line " + i).toList();
            for (String line : lines) {
                peer.send(line + "\n");
            }
            for (EventReader reader : readers) {
                assertThat(texts(reader.next(messages))).isEqualTo(lines);
            }
        } finally {
            for (EventReader reader : readers) {
                reader.close();
            }
        }
        awaitNoSubscribers();
    }

    /** A write to a subscriber reveals that it has disconnected, so peers send messages. */
    private void awaitNoSubscribers() {
        await().pollInterval(Duration.ofMillis(300))
                .until(
                        () -> {
                            double before = received();
                            try (RawClient peer = service.connect()) {
                                peer.send("anybody there?\n");
                                // otherwise it would be counted later, among the messages of
                                // another test
                                await().until(() -> received() > before);
                            }
                            return subscribers() == 0;
                        });
        api.awaitTotal(0);
    }

    private double subscribers() {
        return api.metric("switchboard_event_subscribers");
    }

    /** 100 peers send at full speed although one subscriber reads nothing. */
    @Test
    void aSubscriberThatReadsNothingSlowsNoPeerAndIsDisconnected() throws Throwable {
        assertDisconnectedWithoutReading(
                "/events",
                () -> {
                    double before = received();
                    flood();
                    await().until(() -> received() == before + FLOODING * LINES);
                });
    }

    /** Tomcat maps each of these paths to the same servlet. */
    @ParameterizedTest
    @ValueSource(strings = {"/events;x", "//events", "/%65vents"})
    void theSpellingOfThePathDoesNotMatter(String path) throws Throwable {
        assertDisconnectedWithoutReading(path, () -> {});
    }

    private void assertDisconnectedWithoutReading(String path, Executable meanwhile)
            throws Throwable {
        awaitNoSubscribers();
        double cut = api.metric("switchboard_cut_subscribers_total");
        KernelSockets kernel = new KernelSockets();
        try (RawClient stalled = RawClient.connectWithTinyBuffer(api.port())) {
            stalled.send("GET " + path + " HTTP/1.0\r\n\r\n");
            await().until(() -> subscribers() == 1);
            InetAddress loopback = InetAddress.getLoopbackAddress();
            SocketPair ends =
                    new SocketPair(
                            new InetSocketAddress(loopback, api.port()),
                            new InetSocketAddress(loopback, stalled.port()));
            assertThat(kernel.find(ends)).map(TcpSocketInfo::state).hasValue("ESTAB");
            fillItsSocket();
            meanwhile.execute();
            await().until(() -> subscribers() == 0);
            await().until(() -> api.metric("switchboard_cut_subscribers_total") == cut + 1);
            await().until(
                            () ->
                                    kernel.find(ends)
                                            .filter(socket -> socket.state().equals("ESTAB"))
                                            .isEmpty());
        } finally {
            kernel.destroy();
        }
    }

    private double received() {
        return received(api);
    }

    private static double received(Api api) {
        return api.metric("switchboard_received_messages_total{listener=\"default\"}");
    }

    private void fillItsSocket() throws IOException {
        fillASubscribersSocket(service);
    }

    /**
     * Publishes more than all buffers of a client's socket take. Sends in steps, so that the events
     * wait for the subscriber and not for the writer's thread.
     */
    static void fillASubscribersSocket(RunningService service) throws IOException {
        Api api = service.api();
        double before = received(api);
        try (RawClient peer = service.connect()) {
            for (int sent = 500; sent <= FILLING; sent += 500) {
                peer.send(("x".repeat(200) + "\n").repeat(500));
                double expected = before + sent;
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> received(api) >= expected);
            }
        }
    }

    private void flood() throws IOException, InterruptedException {
        byte[] lines = ("x".repeat(200) + "\n").repeat(LINES).getBytes(UTF_8);
        List<Thread> threads = new ArrayList<>();
        List<RawClient> peers = new ArrayList<>();
        for (int i = 0; i < FLOODING; i++) {
            RawClient peer = service.connect();
            peers.add(peer);
            threads.add(Thread.ofVirtual().start(() -> sendAll(peer, lines)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (RawClient peer : peers) {
            peer.close();
        }
    }

    private static void sendAll(RawClient peer, byte[] bytes) {
        try {
            peer.send(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
