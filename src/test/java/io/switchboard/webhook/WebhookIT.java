package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import io.switchboard.tracing.Tracing;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Events are posted to back ends, whose answers are written to the peers. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.webhook.secret=s3cret",
            "switchboard.listeners.default.webhook.headers.X-Api-Key=k3y",
            "switchboard.listeners.default.webhook.timeout=2m",
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\w+)",
            "switchboard.listeners.impatient.port=0",
            "switchboard.listeners.impatient.webhook.answers=ignore",
            "switchboard.listeners.impatient.webhook.events=message",
            "switchboard.listeners.impatient.webhook.give-up-after=5s",
            "switchboard.listeners.impatient.webhook.timeout=3s",
            "switchboard.listeners.narrow.port=0",
            "switchboard.listeners.narrow.webhook.events=message",
            "switchboard.listeners.narrow.webhook.queue=50",
            "switchboard.listeners.narrow.webhook.timeout=2m",
            "switchboard.listeners.dropping.port=0",
            "switchboard.listeners.dropping.webhook.events=message,closed",
            "switchboard.listeners.dropping.webhook.queue=50",
            "switchboard.listeners.dropping.webhook.timeout=2m",
            "switchboard.listeners.dropping.webhook.when-full=drop"
        })
class WebhookIT {
    private static final BackEnds BACK_ENDS = new BackEnds();

    private static final String PATH = "/%s";

    private final RunningService service;
    private final PeerRegistry registry;
    private final Api api;
    private final ApplicationContext context;

    WebhookIT(
            @Autowired RunningService service,
            @Autowired PeerRegistry registry,
            @Autowired ApplicationContext context) {
        this.context = context;
        this.service = service;
        this.registry = registry;
        this.api = service.api();
    }

    @DynamicPropertySource
    static void urls(DynamicPropertyRegistry properties) {
        for (String listener : List.of("default", "impatient", "narrow", "dropping")) {
            properties.add(
                    "switchboard.listeners." + listener + ".webhook.url",
                    () -> BACK_ENDS.url(PATH.formatted(listener)));
        }
    }

    @BeforeEach
    void awaitNoPeersAndEmptyQueues() {
        api.awaitTotal(0);
        for (String listener : List.of("default", "impatient", "narrow", "dropping")) {
            await().until(() -> meter("queued_events", listener) == 0);
            BACK_ENDS.on(PATH.formatted(listener), (_, _) -> {});
        }
    }

    /** The libraries of OpenTelemetry are there, and the configuration has no address. */
    @Test
    void nothingIsTracedOrExportedUnlessItIsConfigured() throws Exception {
        try (RawClient client = service.connect()) {
            client.send("hello\n");
            List<Post> posts = BACK_ENDS.await("/default", api.idOf(client), 2);
            assertThat(posts)
                    .allSatisfy(
                            post -> assertThat(post.headers()).doesNotContainKey("Traceparent"));
        }
        assertThat(context.getBean(Tracing.class)).isSameAs(Tracing.OFF);
        assertThat(context.getBean(MeterRegistry.class))
                .isInstanceOf(PrometheusMeterRegistry.class);
        assertThat(context.getBeanDefinitionNames())
                .filteredOn(
                        name ->
                                Objects.requireNonNull(context.getType(name))
                                        .getName()
                                        .startsWith("io.opentelemetry"))
                .isEmpty();
        assertThat(context.getEnvironment().getProperty("logging.expect-correlation-id"))
                .isEqualTo("false");
    }

    private RawClient connect(String listener) throws IOException {
        return RawClient.connect(service.port(listener));
    }

    private double meter(String name, String listener) {
        return api.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(
                        line ->
                                line.startsWith("switchboard_webhook_" + name + "{")
                                        && line.contains("listener=\"" + listener + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + name));
    }

    private static List<String> texts(List<Post> posts) {
        return posts.stream().filter(Post::isMessage).map(Post::text).toList();
    }

    private static List<String> lines(int count) {
        return IntStream.range(0, count).mapToObj(number -> "line " + number).toList();
    }

    @Test
    void postsTheEventsOfAPeerInOrderAsTheApiEncodesThem() throws Exception {
        String id;
        int port;
        try (RawClient client = service.connect()) {
            port = client.port();
            id = api.idOf(client);
            client.send("name plc7\n");
            client.send("grüße\n");
            client.send(new byte[] {'x', (byte) 0xff, '\n'});
            BACK_ENDS.await("/default", id, 5);
        }
        List<Post> posts = BACK_ENDS.await("/default", id, 6);
        assertThat(posts)
                .extracting(Post::type)
                .containsExactly(
                        "connected", "identified", "message", "message", "message", "closed");
        assertThat(posts.get(0).body())
                .isEqualTo(
                        "{\"seq\":%d,\"type\":\"connected\",\"at\":\"%s\",\"peer\":{\"id\":\"%s\",\"name\":null,\"listener\":\"default\",\"peername\":{\"host\":\"127.0.0.1\",\"port\":%d}}}"
                                .formatted(
                                        posts.get(0).event().get("seq").asLong(),
                                        posts.get(0).event().get("at").asString(),
                                        id,
                                        port));
        assertThat(Instant.parse(posts.get(0).event().get("at").asString()))
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        assertThat(posts.get(1).event().get("peer").get("name").asString()).isEqualTo("plc7");
        assertThat(posts.get(2).text()).isEqualTo("name plc7");
        assertThat(posts.get(3).text()).isEqualTo("grüße");
        assertThat(posts.get(4).event().get("base64").asString()).isEqualTo("eP8=");
        assertThat(posts.get(4).event().has("text")).isFalse();
        assertThat(posts.get(5).event().get("reason").asString()).isEqualTo("peer_closed");
        assertThat(posts).allMatch(post -> post.header("Content-type").equals("application/json"));
        List<Long> seqs = posts.stream().map(post -> post.event().get("seq").asLong()).toList();
        assertThat(seqs).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void signsEachPostWithTheSecret() throws Exception {
        try (RawClient client = service.connect()) {
            Post post = BACK_ENDS.await("/default", api.idOf(client), 1).getFirst();
            String[] parts = post.header("X-switchboard-signature").split("[=,]");
            assertThat(parts).hasSize(4).startsWith("t").contains("v1");
            assertThat(Long.parseLong(parts[1]))
                    .isCloseTo(
                            Instant.now().getEpochSecond(),
                            org.assertj.core.data.Offset.offset(60L));
            assertThat(parts[3]).isEqualTo(hmac("s3cret", parts[1] + "." + post.body()));
        }
    }

    @Test
    void sendsTheConfiguredHeadersAndShowsThemNowhere() throws Exception {
        try (RawClient client = service.connect()) {
            Post post = BACK_ENDS.await("/default", api.idOf(client), 1).getFirst();
            assertThat(post.header("X-api-key")).isEqualTo("k3y");
        }
        for (String path : List.of("/listeners", "/actuator/health", "/actuator/info")) {
            assertThat(api.get(path).body()).doesNotContain("k3y");
        }
    }

    @Test
    void writesNoAnswerToThePeerIfAnswersAreIgnored() throws Exception {
        BACK_ENDS.on("/impatient", (_, reply) -> reply.status(200).body("not for the peer"));
        try (RawClient client = connect("impatient")) {
            client.send("hello\n");
            String id = api.idOf(client);
            BACK_ENDS.await("/impatient", id, 1);
            await().until(() -> meter("queued_events", "impatient") == 0);
            api.post("/send?to=" + id, "for the peer");
            assertThat(client.readLine()).isEqualTo("for the peer");
        }
    }

    private static String hmac(String secret, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    }

    @Test
    void anAnswerWithABodyIsWrittenToThePeer() throws Exception {
        BACK_ENDS.on(
                "/default",
                (post, reply) -> {
                    if (post.isMessage()) {
                        switch (post.text()) {
                            case "none" -> reply.status(204);
                            case "empty" -> reply.status(200);
                            case "created" -> reply.status(201).body("not for the peer");
                            default -> reply.status(200).body("you said " + post.text());
                        }
                    }
                });
        try (RawClient client = service.connect()) {
            client.send("one\nnone\nempty\ncreated\ntwo\n");
            assertThat(client.readLine()).isEqualTo("you said one");
            assertThat(client.readLine()).isEqualTo("you said two");
        }
    }

    @Test
    void countsAnAnswerThatTheFramingCannotCarryAndWritesNothingOfIt() throws Exception {
        BACK_ENDS.on(
                "/default",
                (post, reply) -> {
                    if (post.isMessage()) {
                        switch (post.text()) {
                            case "lines" -> reply.status(200).body("two\nlines");
                            case "huge" -> reply.status(200).body("x".repeat(1_048_577));
                            case "large" -> reply.status(200).body("x".repeat(1_048_576));
                            default -> reply.status(200).body("fine");
                        }
                    }
                });
        double before = meter("unwritten_answers_total", "default");
        try (RawClient client = service.connect()) {
            client.send("lines\nhuge\nlarge\nlast\n");
            assertThat(client.readLine()).hasSize(1_048_576);
            assertThat(client.readLine()).isEqualTo("fine");
        }
        assertThat(meter("unwritten_answers_total", "default") - before).isEqualTo(2);
    }

    @Test
    void postsTheEventsOfOnePeerInOrderAndNeverAtTheSameTime() throws Exception {
        AtomicInteger inProgress = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        BACK_ENDS.on(
                "/default",
                (_, _) -> {
                    most.accumulateAndGet(inProgress.incrementAndGet(), Math::max);
                    Thread.sleep(1);
                    inProgress.decrementAndGet();
                });
        try (RawClient client = service.connect()) {
            client.send(String.join("\n", lines(300)) + "\n");
            List<Post> posts = BACK_ENDS.await("/default", api.idOf(client), 301);
            assertThat(texts(posts)).isEqualTo(lines(300));
            assertThat(most).hasValue(1);
        }
    }

    @Test
    void postsEventsOfDifferentPeersAtTheSameTime() throws Exception {
        CyclicBarrier all = new CyclicBarrier(20);
        BACK_ENDS.on(
                "/default",
                (post, _) -> {
                    if (post.isMessage()) {
                        all.await(GeneralLimit.SECONDS, TimeUnit.SECONDS);
                    }
                });
        List<RawClient> clients = new ArrayList<>();
        for (int number = 0; number < 20; number++) {
            clients.add(service.connect());
            clients.getLast().send("hello\n");
        }
        for (RawClient client : clients) {
            BACK_ENDS.await("/default", api.idOf(client), 2);
            client.close();
        }
        assertThat(all.isBroken()).isFalse();
    }

    @Test
    void repeatsAFailedPostWithTheSameDeliveryIdUntilItIsAccepted() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        BACK_ENDS.on(
                "/default",
                (post, reply) -> {
                    if (post.isMessage() && post.text().equals("first")) {
                        int attempt = attempts.incrementAndGet();
                        if (attempt <= 3) {
                            reply.status(List.of(500, 408, 503).get(attempt - 1));
                        }
                    }
                });
        double before = meter("retries_total", "default");
        try (RawClient client = service.connect()) {
            client.send("first\nsecond\n");
            List<Post> posts = BACK_ENDS.await("/default", api.idOf(client), 6);
            assertThat(texts(posts)).containsExactly("first", "first", "first", "first", "second");
            assertThat(posts.subList(1, 5))
                    .extracting(post -> post.header("X-switchboard-delivery"))
                    .containsOnly(posts.get(1).header("X-switchboard-delivery"));
            assertThat(posts.get(5).header("X-switchboard-delivery"))
                    .isNotEqualTo(posts.get(1).header("X-switchboard-delivery"));
        }
        assertThat(meter("retries_total", "default") - before).isEqualTo(3);
    }

    @Test
    void waitsAsLongAsTheBackEndAsks() throws Exception {
        List<Long> times = new java.util.concurrent.CopyOnWriteArrayList<>();
        BACK_ENDS.on(
                "/default",
                (post, reply) -> {
                    if (post.isMessage()) {
                        times.add(System.nanoTime());
                        if (times.size() == 1) {
                            reply.status(429).header("Retry-After", "2");
                        }
                    }
                });
        try (RawClient client = service.connect()) {
            client.send("hello\n");
            BACK_ENDS.await("/default", api.idOf(client), 3);
            assertThat(Duration.ofNanos(times.get(1) - times.get(0)))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));
        }
    }

    @Test
    void givesUpARefusedOrRedirectedEventAtOnce() throws Exception {
        BACK_ENDS.on(
                "/impatient",
                (post, reply) -> {
                    switch (post.text()) {
                        case "bad" -> reply.status(400);
                        case "moved" ->
                                reply.status(307).header("Location", BACK_ENDS.url("/elsewhere"));
                        default -> {}
                    }
                });
        double before = meter("given_up_events_total", "impatient");
        try (RawClient client = connect("impatient")) {
            client.send("bad\nmoved\ngood\n");
            assertThat(texts(BACK_ENDS.await("/impatient", api.idOf(client), 3)))
                    .containsExactly("bad", "moved", "good");
        }
        assertThat(BACK_ENDS.at("/elsewhere")).isEmpty();
        await().until(() -> meter("given_up_events_total", "impatient") - before == 2);
    }

    @Test
    void givesUpAnEventThatFailsForTooLongAndPostsTheNext() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        BACK_ENDS.on(
                "/impatient",
                (post, reply) -> {
                    switch (post.text()) {
                        case "fails" -> reply.status(500);
                        case "hangs" -> released.await();
                        default -> {}
                    }
                });
        double before = meter("given_up_events_total", "impatient");
        try (RawClient client = connect("impatient")) {
            client.send("fails\nhangs\ngood\n");
            String id = api.idOf(client);
            await().until(() -> texts(BACK_ENDS.at("/impatient", id)).contains("good"));
            await().until(() -> meter("queued_events", "impatient") == 0);
            assertThat(texts(BACK_ENDS.at("/impatient", id)).stream().filter("fails"::equals))
                    .hasSizeGreaterThan(1);
        } finally {
            released.countDown();
        }
        await().until(() -> meter("given_up_events_total", "impatient") - before == 2);
    }

    @Test
    void pausesReadingWhileTheQueueIsFullAndThenReadsEverything() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        BACK_ENDS.on("/narrow", (_, _) -> open.await());
        double dropped = meter("dropped_events_total", "narrow");
        try (RawClient first = connect("narrow");
                RawClient second = connect("narrow")) {
            first.send(String.join("\n", lines(100)) + "\n");
            await().until(() -> meter("queued_events", "narrow") == 100);
            second.send("hello\n");
            String id = api.idOf(second);
            await().until(
                            () ->
                                    api.peer(id).get("hint") != null
                                            && api.peer(id)
                                                    .get("hint")
                                                    .asString()
                                                    .startsWith(
                                                            "reading from this peer is paused"));
            assertThat(meter("queued_events", "narrow")).isEqualTo(100);
            assertThat(api.post("/send?to=" + id, "still there?").status()).isEqualTo(200);
            assertThat(second.readLine()).isEqualTo("still there?");
            assertThat(api.get("/actuator/health").status()).isEqualTo(200);

            open.countDown();
            assertThat(texts(BACK_ENDS.await("/narrow", api.idOf(first), 100)))
                    .isEqualTo(lines(100));
            assertThat(texts(BACK_ENDS.await("/narrow", id, 1))).containsExactly("hello");
        }
        assertThat(meter("dropped_events_total", "narrow")).isEqualTo(dropped);
    }

    @Test
    void dropsAndCountsMessagesWhileTheQueueIsFull() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        BACK_ENDS.on("/dropping", (_, _) -> open.await());
        double before = meter("dropped_events_total", "dropping");
        String id;
        try (RawClient client = connect("dropping")) {
            id = api.idOf(client);
            client.send(String.join("\n", lines(80)) + "\n");
            await().until(() -> meter("dropped_events_total", "dropping") - before == 30);
            assertThat(((Lookup.Live) registry.find(id)).session().readPause().paused()).isFalse();
        }
        api.awaitTotal(0);
        open.countDown();
        List<Post> posts = BACK_ENDS.await("/dropping", id, 51);
        assertThat(texts(posts)).isEqualTo(lines(50));
        assertThat(posts.getLast().type()).isEqualTo("closed");
    }

    @Test
    void healthShowsTheStateOfTheWebhookAndStaysUp() throws Exception {
        BACK_ENDS.on("/impatient", (_, reply) -> reply.status(503));
        try (RawClient client = connect("impatient")) {
            client.send("hello\n");
            await().untilAsserted(
                            () ->
                                    assertThat(impatientHealth().get("details").toString())
                                            .contains("failing since")
                                            .contains("the back end answered 503"));
            assertThat(impatientHealth().get("status").asString()).isEqualTo("UP");
            await().until(() -> meter("queued_events", "impatient") == 0);
            BACK_ENDS.on("/impatient", (_, _) -> {});
            client.send("hello\n");
            await().untilAsserted(
                            () ->
                                    assertThat(
                                                    impatientHealth()
                                                            .get("details")
                                                            .get("webhook")
                                                            .asString())
                                            .isEqualTo("ok, 0 events wait"));
        }
    }

    private JsonNode impatientHealth() {
        return api.get("/actuator/health")
                .json()
                .get("components")
                .get("listeners")
                .get("components")
                .get("impatient");
    }
}
