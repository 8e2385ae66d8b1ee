package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Start, stop and DNS look-ups of webhooks, each in a JVM of its own. */
class WebhookLifeIT {
    private static final String WEBHOOK = "switchboard.listeners.default.webhook.";
    private static final String[] QUICK_DRAIN = {
        "switchboard.drain.delay=0s", "switchboard.drain.spread=0s"
    };
    private static final int TERMINATED = 128 + 15;

    /** How long a stopping service waits for the back end. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

    @TempDir private Path folder;

    private static ChildService start(String... properties) throws Exception {
        return ChildService.start(
                IntStream.range(0, QUICK_DRAIN.length + properties.length)
                        .mapToObj(
                                at ->
                                        at < QUICK_DRAIN.length
                                                ? QUICK_DRAIN[at]
                                                : properties[at - QUICK_DRAIN.length])
                        .toArray(String[]::new));
    }

    @Test
    void aStopPostsTheWaitingEventsAndTheClosedEvents() throws Exception {
        // a stall of the machine may last longer than the service waits for the back end
        for (int left = 3; left > 0; left--) {
            try (BackEnds backEnds = new BackEnds()) {
                Stopped stopped = stopWhileEventsWait(backEnds);
                if (left > 1 && stopped.took().compareTo(STOP_TIMEOUT) > 0) {
                    continue;
                }
                List<Post> posts = backEnds.at("/", stopped.peer());
                assertThat(posts)
                        .extracting(Post::type)
                        .containsExactly("connected", "message", "message", "closed");
                assertThat(posts.getLast().event().get("reason").asString())
                        .isEqualTo("shutting_down");
                assertThat(stopped.givenUp()).isEmpty();
                return;
            }
        }
    }

    /**
     * A service that has ended.
     *
     * @param took the time from the close of its peer to its end
     * @param givenUp the log lines about events that were not posted
     */
    private record Stopped(String peer, Duration took, List<String> givenUp) {}

    /** Stops a service whose back end accepts events only after the peer has been closed. */
    private static Stopped stopWhileEventsWait(BackEnds backEnds) throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        backEnds.on("/", (_, _) -> open.await());
        try (ChildService service = start(WEBHOOK + "url=" + backEnds.url("/"));
                RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            client.send("one\ntwo\n");
            await().until(
                            () ->
                                    service.api()
                                                    .metric(
                                                            "switchboard_webhook_queued_events{listener=\"default\"}")
                                            == 3);
            service.process().terminate();
            assertThat(client.readToEnd()).isEmpty();
            long closed = System.nanoTime();
            open.countDown();
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            return new Stopped(
                    id, Duration.ofNanos(System.nanoTime() - closed), service.logged("given up"));
        }
    }

    @Test
    void aStopEndsAfterATimeoutAndLogsTheEventsThatItGivesUp() throws Exception {
        try (ChildService service = start(WEBHOOK + "url=http://127.0.0.1:1/");
                RawClient client = service.connect()) {
            client.send("one\ntwo\n");
            service.api().idOf(client);
            long before = System.nanoTime();
            service.process().terminate();
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            assertThat((System.nanoTime() - before) / 1_000_000_000).isLessThan(20);
            assertThat(
                            service.logged(
                                    "4 events given up because the webhook did not accept them within 4s"))
                    .hasSize(1);
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
    }

    /** Peers connect, receive messages and are closed as they are without a webhook. */
    @Test
    void aBackEndThatIsDownDoesNotAffectPeers() throws Exception {
        try (ChildService service =
                start(
                        WEBHOOK + "url=http://127.0.0.1:1/",
                        WEBHOOK + "queue=1",
                        WEBHOOK + "give-up-after=1h")) {
            try (RawClient first = service.connect()) {
                service.api().idOf(first);
                for (int number = 0; number < 20; number++) {
                    try (RawClient client = service.connect()) {
                        client.send("hello\n");
                        String id = service.api().idOf(client);
                        assertThat(service.api().post("/send?to=" + id, "hi").status())
                                .isEqualTo(200);
                        assertThat(client.readLine()).isEqualTo("hi");
                        assertThat(service.api().delete("/peers/" + id).status()).isEqualTo(204);
                    }
                }
                assertThat(service.api().get("/actuator/health").status()).isEqualTo(200);
            }
        }
    }

    /** The resolved address decides, not the name. */
    @Test
    void neverPostsToANameThatResolvesToAMetadataAddress() throws Exception {
        Path hosts = folder.resolve("hosts");
        try (BackEnds backEnds = new BackEnds()) {
            Files.writeString(
                    hosts,
                    """
                    127.0.0.1 localhost good.test
                    169.254.169.254 bad.test
                    127.0.0.1 mixed.test
                    169.254.169.254 mixed.test
                    """);
            String good = backEnds.url("/").replace("127.0.0.1", "good.test");
            try (ChildService service =
                    ChildService.startWithOptions(
                            "-Djdk.net.hosts.file=" + hosts,
                            WEBHOOK + "url=" + good,
                            "switchboard.listeners.bad.port=0",
                            "switchboard.listeners.bad.webhook.url=http://bad.test/latest/meta-data/",
                            "switchboard.listeners.bad.webhook.give-up-after=0s",
                            "switchboard.listeners.mixed.port=0",
                            "switchboard.listeners.mixed.webhook.url="
                                    + good.replace("good.test", "mixed.test"),
                            "switchboard.listeners.mixed.webhook.give-up-after=0s")) {
                for (String listener : List.of("default", "bad", "mixed")) {
                    RawClient.connect(port(service, listener)).close();
                }
                service.process()
                        .awaitOutput(
                                "bad.test is 169.254.169.254, a link-local or metadata address,"
                                        + " which is never posted to");
                service.process().awaitOutput("mixed.test is 169.254.169.254, a link-local");
                await().until(() -> backEnds.at("/").size() == 2);
                assertThat(backEnds.at("/"))
                        .extracting(post -> post.event().get("peer").get("listener").asString())
                        .containsOnly("default");
            }
        }
    }

    private static int port(ChildService service, String listener) {
        return service.api()
                .get("/listeners")
                .json()
                .get("listeners")
                .valueStream()
                .filter(each -> each.get("name").asString().equals(listener))
                .findFirst()
                .orElseThrow()
                .get("address")
                .get("port")
                .asInt();
    }

    @Test
    void aBadUrlStopsTheStart() throws Exception {
        try (Child service =
                Child.service(
                        List.of(
                                "--server.port=0",
                                "--switchboard.listeners.default.port=0",
                                "--" + WEBHOOK + "url=ftp://127.0.0.1/"))) {
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output())
                    .contains("switchboard.listeners.default.webhook")
                    .contains(
                            "webhook.url is ftp://127.0.0.1/: its scheme is ftp; set it to an http or"
                                    + " https");
        }
    }
}
