package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for a durable webhook, whatever the database. */
abstract class DurableWebhookContract {
    /** The status of an answer that comes when the service no longer waits for it. */
    private static final int HANGS = 201;

    private static final String WEBHOOK = "switchboard.listeners.default.webhook.";

    /** Decides what the back end answers. */
    @FunctionalInterface
    interface Verdict {
        int status(Post post) throws Exception;
    }

    private final BackEnds backEnds = new BackEnds();
    private final List<Post> posts = Collections.synchronizedList(new ArrayList<>());

    /** Returns the properties that select the database; the same one at each call. */
    abstract List<String> database() throws IOException;

    @AfterEach
    final void stopBackEnds() {
        backEnds.close();
    }

    final ChildService start(String... more) throws IOException {
        List<String> properties = new ArrayList<>(database());
        properties.add(WEBHOOK + "url=" + backEnds.url("/"));
        properties.add(WEBHOOK + "store=durable");
        properties.add("switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)");
        properties.add("switchboard.drain.delay=0s");
        properties.add("switchboard.drain.spread=0s");
        properties.addAll(List.of(more));
        return ChildService.start(properties.toArray(String[]::new));
    }

    static double metric(ChildService service, String name) {
        return service.api().metric("switchboard_webhook_" + name + "{listener=\"default\"}");
    }

    /** Waits until so many events wait and all of them are in the store. */
    static void awaitStored(ChildService service, int events) {
        await().untilAsserted(
                        () -> {
                            assertThat(metric(service, "queued_events")).isEqualTo(events);
                            assertThat(metric(service, "unstored_events")).isZero();
                        });
    }

    static void awaitNothingWaits(ChildService service) {
        awaitStored(service, 0);
        await().untilAsserted(() -> assertThat(metric(service, "stored_bytes")).isZero());
    }

    /** Sets what the back end answers, and forgets what it has accepted. */
    final void answer(Verdict verdict) {
        posts.clear();
        backEnds.onUnrecorded(
                "/",
                (post, reply) -> {
                    int status = verdict.status(post);
                    if (status < 300) {
                        posts.add(post);
                    }
                    reply.status(status);
                    if (status == HANGS) {
                        Thread.sleep(1_000);
                    }
                });
    }

    /** Returns the events that were accepted, without repeats, in their order. */
    final List<Post> accepted() {
        Map<String, Post> byDelivery = new LinkedHashMap<>();
        synchronized (posts) {
            posts.forEach(each -> byDelivery.putIfAbsent(delivery(each), each));
        }
        return List.copyOf(byDelivery.values());
    }

    private List<Post> accepted(String peer) {
        return accepted().stream()
                .filter(each -> each.event().at("/peer/id").asString("").equals(peer))
                .toList();
    }

    private static String delivery(Post post) {
        return post.header("X-switchboard-delivery");
    }

    private List<String> told(String peer) {
        return accepted(peer).stream()
                .map(each -> each.isMessage() ? each.text() : each.type())
                .toList();
    }

    @Test
    void afterACrashEventsArePostedAndPeersThatWereConnectedAreClosed() throws Exception {
        Map<String, Set<String>> attempts = new ConcurrentHashMap<>();
        answer(
                post -> {
                    attempts.computeIfAbsent(delivery(post), _ -> ConcurrentHashMap.newKeySet())
                            .add(post.body());
                    return 503;
                });
        String peer;
        try (ChildService service = start();
                RawClient client = service.connect()) {
            peer = service.api().idOf(client);
            client.send("id truck-7\none\ntwo\n");
            awaitStored(service, 5);
            await().until(() -> attempts.size() == 1);
        }
        String attempted = attempts.keySet().iterator().next();
        answer(_ -> 204);
        try (ChildService service = start()) {
            await().until(() -> accepted(peer).size() == 6);
            List<Post> all = accepted(peer);
            assertThat(all)
                    .extracting(Post::type)
                    .containsExactly(
                            "connected", "identified", "message", "message", "message", "closed");
            assertThat(delivery(all.getFirst())).isEqualTo(attempted);
            assertThat(attempts.get(attempted)).containsExactly(all.getFirst().body());
            Post closed = all.getLast();
            assertThat(closed.event().get("reason").asString()).isEqualTo("service_restarted");
            assertThat(closed.event().get("peer")).isEqualTo(all.get(4).event().get("peer"));
            assertThat(closed.event().at("/peer/name").asString()).isEqualTo("truck-7");
            assertThat(all).extracting(each -> each.event().get("seq").asLong()).isSorted();
            awaitNothingWaits(service);
        }
        try (ChildService service = start()) {
            assertThat(metric(service, "queued_events")).isZero();
            assertThat(accepted()).hasSize(6);
        }
    }

    @Test
    void aStopWhileTheBackEndIsDownLosesNothing() throws Exception {
        answer(_ -> 503);
        String peer;
        try (ChildService service = start();
                RawClient client = service.connect()) {
            peer = service.api().idOf(client);
            client.send("one\n");
            awaitStored(service, 2);
            service.process().terminate();
            assertThat(service.process().awaitExit()).isEqualTo(128 + 15);
            assertThat(service.logged("given up")).isEmpty();
        }
        answer(_ -> 204);
        try (ChildService service = start()) {
            await().until(() -> accepted(peer).size() == 3);
            assertThat(told(peer)).containsExactly("connected", "one", "closed");
            assertThat(accepted(peer).getLast().event().get("reason").asString())
                    .isEqualTo("shutting_down");
            awaitNothingWaits(service);
        }
    }

    /** Far more events than fit in memory, of many peers, while the back end is down. */
    @Test
    void eventsThatDoNotFitInMemoryArePostedInTheOrderOfEachPeer() throws Exception {
        AtomicBoolean down = new AtomicBoolean(true);
        answer(_ -> down.get() ? 500 : 204);
        int peers = 20;
        int lines = 100;
        Map<String, List<String>> expected = new HashMap<>();
        List<RawClient> clients = new ArrayList<>();
        try (ChildService service = start(WEBHOOK + "queue=50")) {
            for (int number = 0; number < peers; number++) {
                RawClient client = service.connect();
                clients.add(client);
                expected.computeIfAbsent(service.api().idOf(client), _ -> new ArrayList<>())
                        .add("connected");
            }
            for (int line = 0; line < lines; line++) {
                for (RawClient client : clients) {
                    client.send("line " + line + "\n");
                }
            }
            expected.values()
                    .forEach(
                            each ->
                                    IntStream.range(0, lines)
                                            .forEach(line -> each.add("line " + line)));
            awaitStored(service, peers * (lines + 1));
            assertThat(
                            service.api()
                                    .metric(
                                            "switchboard_webhook_queued_bytes{listener=\"default\"}"))
                    .isLessThan(50 * 1_000);
            down.set(false);
            awaitNothingWaits(service);
            expected.forEach((peer, texts) -> assertThat(told(peer)).isEqualTo(texts));
            assertThat(metric(service, "dropped_events_total")).isZero();
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void refusedAndOldEventsAreDroppedAndAPeerThatFailsDoesNotDelayOthers() throws Exception {
        AtomicBoolean fails = new AtomicBoolean(true);
        AtomicInteger early = new AtomicInteger();
        answer(
                post -> {
                    String text = post.isMessage() ? post.text() : "";
                    return switch (text.split(" ", 2)[0]) {
                        case "bad" -> 400;
                        case "early" -> early.incrementAndGet() < 3 ? 425 : 204;
                        case "fails" -> fails.get() ? 500 : 204;
                        default -> 204;
                    };
                });
        try (ChildService service = start(WEBHOOK + "queue=100");
                RawClient failing = service.connect();
                RawClient other = service.connect()) {
            String failingId = service.api().idOf(failing);
            String otherId = service.api().idOf(other);
            for (int number = 0; number < 300; number++) {
                failing.send("fails " + number + "\n");
            }
            awaitStored(service, 300);
            other.send("bad\nearly\ngood\n");
            await().until(() -> told(otherId).contains("good"));
            assertThat(metric(service, "given_up_events_total")).isEqualTo(1);
            assertThat(service.logged("the back end answered 400")).isNotEmpty();
            assertThat(early).hasValue(3);
            assertThat(metric(service, "queued_events")).isEqualTo(300);
            fails.set(false);
            awaitNothingWaits(service);
            assertThat(told(failingId).subList(1, 301))
                    .isEqualTo(
                            IntStream.range(0, 300).mapToObj(number -> "fails " + number).toList());
        }
    }

    @Test
    void eventsOlderThanMaxAgeAreGivenUp() throws Exception {
        answer(_ -> 503);
        try (ChildService service = start(WEBHOOK + "max-age=1s");
                RawClient client = service.connect()) {
            service.api().idOf(client);
            client.send("old\n");
            await().until(() -> metric(service, "given_up_events_total") == 2);
            assertThat(service.logged("given up")).isNotEmpty();
            awaitNothingWaits(service);
        }
    }

    /** The webhook of the listener where the name was last seen gets what becomes of messages. */
    @ParameterizedTest
    @ValueSource(strings = {"memory", "durable"})
    void eventsOfStoredMessagesArePosted(String storage) throws Exception {
        answer(_ -> 204);
        try (ChildService service = start(WEBHOOK + "store=" + storage)) {
            try (RawClient client = service.connect()) {
                client.send("id van\n");
                await().until(() -> types().contains("identified"));
            }
            await().until(() -> types().contains("closed"));
            String id =
                    service.api()
                            .post("/send?to=van&ttl=1h", "go")
                            .json()
                            .at("/results/0/id")
                            .asString();
            String cancelled =
                    service.api()
                            .post("/send?to=van&ttl=1h", "stop")
                            .json()
                            .at("/results/0/id")
                            .asString();
            service.api().delete("/messages/" + cancelled);
            await().until(() -> events(cancelled).size() == 2);
            try (RawClient client = service.connect()) {
                client.send("id van\n");
                assertThat(client.readLine()).isEqualTo("go");
                await().until(() -> events(id).size() == 2);
            }
            assertThat(events(id))
                    .extracting(Post::type)
                    .containsExactly("message-stored", "message-acked");
            assertThat(events(id).getFirst().event().get("peer").isNull()).isTrue();
            assertThat(events(id).getLast().event().at("/peer/name").asString()).isEqualTo("van");
            assertThat(events(cancelled))
                    .extracting(Post::type)
                    .containsExactly("message-stored", "message-cancelled");
            awaitNothingWaits(service);
        }
    }

    private List<String> types() {
        return accepted().stream().map(Post::type).toList();
    }

    private List<Post> events(String message) {
        return accepted().stream()
                .filter(each -> each.event().path("message").asString("").equals(message))
                .toList();
    }

    /**
     * Events of many peers, with a back end that fails, hangs and forgets that it has accepted, and
     * a service that is killed twice. Every stored event is accepted at least once, in the order of
     * its peer.
     */
    @Test
    void theLedgerIsComplete() throws Exception {
        answer(_ -> unreliable());
        Map<String, List<String>> expected = new HashMap<>();
        for (int round = 0; round < 3; round++) {
            List<RawClient> clients = new ArrayList<>();
            try (ChildService service = start(WEBHOOK + "queue=100", WEBHOOK + "timeout=300ms")) {
                Map<RawClient, String> ids = new HashMap<>();
                for (int number = 0; number < 30; number++) {
                    RawClient client = service.connect();
                    clients.add(client);
                    String id = service.api().idOf(client);
                    ids.put(client, id);
                    expected.put(id, new ArrayList<>(List.of("connected")));
                }
                for (int line = 0; line < 20; line++) {
                    for (RawClient client : clients) {
                        client.send("line " + line + "\n");
                        expected.getOrDefault(ids.get(client), List.of()).add("line " + line);
                    }
                }
                await().until(
                                () ->
                                        metric(service, "unstored_events") == 0
                                                && service.api()
                                                                .metric(
                                                                        "switchboard_received_messages_total{listener=\"default\"}")
                                                        == 600);
                // counted before they are queued
                await().until(() -> metric(service, "unstored_events") == 0);
                for (RawClient client : clients.subList(0, 10)) {
                    service.api().delete("/peers/" + ids.get(client));
                }
                await().until(() -> metric(service, "unstored_events") == 0);
            } finally {
                for (RawClient client : clients) {
                    client.close();
                }
            }
        }
        try (ChildService service = start(WEBHOOK + "timeout=300ms")) {
            expected.values().forEach(each -> each.add("closed"));
            await().until(
                            () ->
                                    metric(service, "queued_events") == 0
                                            && expected.keySet().stream()
                                                    .allMatch(
                                                            each -> told(each).contains("closed")));
            awaitNothingWaits(service);
        }
        expected.forEach((peer, texts) -> assertThat(told(peer)).as(peer).isEqualTo(texts));
    }

    private static int unreliable() {
        return switch (ThreadLocalRandom.current().nextInt(20)) {
            case 0, 1 -> 500;
            case 2 -> HANGS;
            default -> 204;
        };
    }
}
