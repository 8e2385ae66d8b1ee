package io.switchboard.webhook;

import static io.switchboard.webhook.WebhookFixtures.WHO;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.testkit.Certificate;
import io.switchboard.tracing.Tracing;
import io.switchboard.webhook.WebhookClient.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;

/** The client against a back end on a socket of the test. */
class HttpWebhookClientTest {
    private static final String TEN = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** More than the system keeps in the buffers of two sockets, and than the client reads. */
    private static final long BOUND = 16L * 1024 * 1024;

    private final WebhookAnswerBudget answers = new WebhookAnswerBudget();
    private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Deque<InetAddress[]> answersOfTheNameService = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private RawBackEnd backEnd(String response) throws IOException {
        return opened(new RawBackEnd(server(), response));
    }

    private static ServerSocket server() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.push(closeable);
        return closeable;
    }

    private HttpWebhookClient client(String url, String... keysAndValues) {
        Map<String, String> values = new HashMap<>(Map.of("url", url));
        for (int at = 0; at < keysAndValues.length; at += 2) {
            values.put(keysAndValues[at], keysAndValues[at + 1]);
        }
        WebhookProperties properties = WebhookPropertiesTest.bind(values);
        return opened(
                new HttpWebhookClient(
                        PeerFixtures.listener("default"),
                        properties,
                        "boot",
                        WebhookTls.of("default", properties, bundles),
                        Tracing.OFF,
                        answers,
                        host -> {
                            InetAddress[] next = answersOfTheNameService.poll();
                            return next == null ? InetAddress.getAllByName(host) : next;
                        }));
    }

    @SuppressWarnings("NullAway") // nothing here uses the webhook of the queue
    private static Outcome post(HttpWebhookClient client) {
        WebhookQueue queue =
                new WebhookQueue(
                        WebhookPropertiesTest.bind(Map.of("url", "http://127.0.0.1:1/")),
                        1,
                        null,
                        WebhookFixtures.budget());
        PeerSession session =
                PeerFixtures.registry().open(PeerFixtures.listener("default"), new FakeLink());
        Event event =
                new Event(
                        1,
                        EventType.MESSAGE,
                        System.nanoTime(),
                        WHO,
                        "hello".getBytes(UTF_8),
                        false,
                        null,
                        null);
        return client.post(
                queue.new PeerEventQueue(null, session, null),
                new QueuedEvent.InMemory(event, null));
    }

    private static String url(RawBackEnd backEnd) {
        return "http://127.0.0.1:" + backEnd.port() + "/";
    }

    private static void assertFailed(Outcome outcome, String reason) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.reason()).contains(reason));
    }

    private static void assertAnswer(Outcome outcome, String answer) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Accepted.class,
                        accepted ->
                                assertThat(accepted.answer()).asString(UTF_8).isEqualTo(answer));
    }

    @Test
    void sendsOnlyTheHeadersThatItMustAndThoseOfTheConfiguration() throws Exception {
        RawBackEnd backEnd = backEnd(TEN);
        HttpWebhookClient client =
                client(
                        "http://127.0.0.1:" + backEnd.port() + "//a/%2f/./b?x=%20&y=1",
                        "headers.Authorization",
                        "Bearer very secret",
                        "headers.X-Api-Key",
                        "k3y");
        assertAnswer(post(client), "0123456789");
        String head = backEnd.heads().getFirst();
        assertThat(head.split("\r\n"))
                .containsExactlyInAnyOrder(
                        "POST //a/%2f/./b?x=%20&y=1 HTTP/1.1",
                        "Authorization: Bearer very secret",
                        "X-Api-Key: k3y",
                        "X-Switchboard-Delivery: boot-default-1",
                        "Content-Length: " + backEnd.bodies().getFirst().length(),
                        "Content-Type: application/json",
                        "Host: 127.0.0.1:" + backEnd.port(),
                        "Connection: keep-alive",
                        "User-Agent: Switchboard");
        assertThat(backEnd.bodies().getFirst()).contains("\"text\":\"hello\"");
    }

    @Test
    void keepsTheConnectionBetweenPosts() throws Exception {
        RawBackEnd backEnd = backEnd(TEN);
        HttpWebhookClient client = client(url(backEnd));
        for (int count = 0; count < 20; count++) {
            assertAnswer(post(client), "0123456789");
        }
        assertThat(backEnd.connections()).isEqualTo(1);
    }

    @Test
    void discardsAnswersThatAreNotForThePeerAndKeepsTheConnection() throws Exception {
        RawBackEnd backEnd = backEnd(TEN);
        HttpWebhookClient client = client(url(backEnd), "answers", "ignore");
        for (int count = 0; count < 5; count++) {
            assertAnswer(post(client), "");
        }
        assertThat(backEnd.connections()).isEqualTo(1);
    }

    @Test
    void readsNoMoreThanTheLongestAnswerAndClosesTheConnection() throws Exception {
        int length = 64 * 1024 * 1024;
        RawBackEnd backEnd =
                backEnd(
                        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(length)
                                + "x".repeat(2 * 1024 * 1024));
        HttpWebhookClient client = client(url(backEnd));
        assertThat(post(client))
                .isInstanceOfSatisfying(
                        Outcome.Accepted.class,
                        accepted -> {
                            assertThat(accepted.answer()).isNull();
                            accepted.release().run();
                        });
        post(client);
        assertThat(backEnd.connections()).isEqualTo(2);
    }

    static Stream<Arguments> endless() {
        String head = "HTTP/1.1 200 OK\r\n";
        return Stream.of(
                arguments("status line", "HTTP/1.1 200 ", "a"),
                arguments("header", head + "X-A: ", "a"),
                arguments("headers", head, "X-A: b\r\n"),
                arguments("folded header", head + "X-A: b\r\n", " b\r\n"),
                arguments("empty lines", "\r\n", "\r\n"),
                arguments("other lines", "b\r\n", "b\r\n"),
                arguments("interim responses", "", "HTTP/1.1 100 Continue\r\n\r\n"),
                arguments("early hints", "", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"),
                arguments("chunk extension", CHUNKED + "1;", "a"),
                arguments("trailer", CHUNKED + "0\r\nX-A: ", "a"),
                arguments("trailers", CHUNKED + "0\r\n", "X-A: b\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endless")
    void aResponseWithoutAnEndFailsThePost(String name, String start, String repeated)
            throws Exception {
        for (String mode : List.of("send", "ignore")) {
            EndlessBackEnd backEnd = opened(new EndlessBackEnd(start, repeated));
            HttpWebhookClient client = client(backEnd.url(), "answers", mode, "timeout", "1m");
            assertFailed(post(client), "MessageConstraintException");
            assertThat(backEnd.sent()).isLessThan(BOUND);
        }
    }

    static Stream<Arguments> endlessBodies() {
        return Stream.of(
                arguments("body", "HTTP/1.1 200 OK\r\n\r\n", "a"),
                arguments("chunks of one byte", CHUNKED, "1\r\na\r\n"),
                arguments(
                        "long headers of chunks", CHUNKED, "1;" + "a".repeat(4_000) + "\r\na\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endlessBodies")
    void aBodyWithoutAnEndIsNoAnswer(String name, String start, String repeated) throws Exception {
        for (String mode : List.of("send", "ignore")) {
            EndlessBackEnd backEnd = opened(new EndlessBackEnd(start, repeated));
            HttpWebhookClient client = client(backEnd.url(), "answers", mode, "timeout", "1m");
            assertThat(post(client))
                    .isInstanceOfSatisfying(
                            Outcome.Accepted.class,
                            accepted -> {
                                if (mode.equals("send")) {
                                    assertThat(accepted.answer()).isNull();
                                } else {
                                    assertThat(accepted.answer()).isEmpty();
                                }
                                accepted.release().run();
                            });
            assertThat(backEnd.sent()).isLessThan(BOUND);
            assertThat(answers.used()).isZero();
        }
    }

    @Test
    void readsInterimResponsesAndChunksWithExtensionsAndTrailersOnOneConnection() throws Exception {
        RawBackEnd backEnd =
                backEnd(
                        "HTTP/1.1 100 Continue\r\n\r\n".repeat(100)
                                + CHUNKED
                                + "5;a=b\r\n01234\r\n".repeat(2)
                                + "0\r\nX-A: b\r\n\r\n");
        HttpWebhookClient client = client(url(backEnd));
        for (int count = 0; count < 50; count++) { // the limits are those of one response
            assertAnswer(post(client), "0123401234");
        }
        assertThat(backEnd.connections()).isEqualTo(1);
    }

    @Test
    void aBodyThatBreaksOffKeepsNoMemory() throws Exception {
        RawBackEnd backEnd =
                backEnd(CHUNKED + "2000\r\n" + "x".repeat(0x2000) + "\r\nno chunk\r\n");
        assertThat(post(client(url(backEnd)))).isInstanceOf(Outcome.Failed.class);
        assertThat(answers.used()).isZero();
    }

    @Test
    void givesUpAResponseThatArrivesTooSlowly() throws Exception {
        RawBackEnd backEnd = opened(new RawBackEnd(server(), TEN, 200));
        HttpWebhookClient client = client(url(backEnd), "timeout", "1s");
        long start = System.nanoTime();
        assertFailed(post(client), "no complete answer within 1s");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void followsNoRedirect() throws Exception {
        RawBackEnd other = backEnd(TEN);
        RawBackEnd backEnd =
                backEnd(
                        "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
                                .formatted(url(other)));
        assertThat(post(client(url(backEnd))))
                .isEqualTo(new Outcome.Refused("the back end answered 307"));
        assertThat(other.connections()).isZero();
    }

    @Test
    void connectsAgainAfterTheBackEndHasClosedAnIdleConnection() throws Exception {
        RawBackEnd backEnd = backEnd(RawBackEnd.NO_CONTENT);
        HttpWebhookClient client = client(url(backEnd));
        assertAnswer(post(client), "");
        backEnd.disconnect();
        await().untilAsserted(() -> assertAnswer(post(client), ""));
        assertThat(backEnd.connections()).isEqualTo(2);
    }

    @Test
    void closeEndsAPostThatIsInProgress() throws Exception {
        RawBackEnd backEnd = opened(new RawBackEnd(server(), TEN, 60_000));
        HttpWebhookClient client = client(url(backEnd), "timeout", "10m");
        Thread.ofVirtual()
                .start(
                        () -> {
                            await().until(() -> !backEnd.bodies().isEmpty());
                            client.close();
                        });
        assertThat(post(client)).isInstanceOf(Outcome.Failed.class);
        assertThat(post(client)).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void postsToAnAddressOfIpv6() throws Exception {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("::1"));
        RawBackEnd backEnd = opened(new RawBackEnd(server, RawBackEnd.NO_CONTENT));
        assertAnswer(post(client("http://[::1]:" + backEnd.port() + "/")), "");
        assertThat(backEnd.heads().getFirst()).contains("\r\nHost: [::1]:" + backEnd.port());
    }

    /** The name does not exist, so that any other look-up than the checked one would fail. */
    @Test
    void connectsToTheAddressThatWasCheckedAndLooksTheNameUpOnce() throws Exception {
        RawBackEnd backEnd = backEnd(RawBackEnd.NO_CONTENT);
        answersOfTheNameService.add(addresses("127.0.0.1"));
        answersOfTheNameService.add(addresses("169.254.169.254"));
        HttpWebhookClient client = client("http://back-end.invalid:" + backEnd.port() + "/");
        assertAnswer(post(client), "");
        assertThat(backEnd.heads().getFirst())
                .contains("\r\nHost: back-end.invalid:" + backEnd.port());
        assertThat(answersOfTheNameService).hasSize(1);

        backEnd.disconnect();
        await().untilAsserted(
                        () ->
                                assertThat(post(client))
                                        .isEqualTo(
                                                new Outcome.Failed(
                                                        "back-end.invalid is 169.254.169.254, a link-local or metadata address, which is never posted to",
                                                        Duration.ZERO)));
    }

    @Test
    void oneForbiddenAddressRefusesTheName() throws Exception {
        RawBackEnd backEnd = backEnd(RawBackEnd.NO_CONTENT);
        answersOfTheNameService.add(addresses("127.0.0.1", "fe80::1"));
        assertFailed(
                post(client("http://back-end.invalid:" + backEnd.port() + "/")),
                "back-end.invalid is fe80:0:0:0:0:0:0:1, a link-local");
        assertThat(backEnd.connections()).isZero();
    }

    @Test
    void presentsItsCertificateAndTrustsOnlyTheBundle(@TempDir Path folder) throws Exception {
        Certificate ours = Certificate.make(folder, "ours", "CN=switchboard");
        Certificate theirs =
                Certificate.make(
                        folder, "theirs", "CN=x", "-ext", "san=dns:back-end.invalid,dns:localhost");
        bundle("lab", ours, theirs);
        bundle("stranger", null, theirs);
        bundle("distrust", ours, ours);
        RawBackEnd backEnd =
                opened(new RawBackEnd(tls(ours.trusting(theirs)), RawBackEnd.NO_CONTENT));
        String url = "https://back-end.invalid:" + backEnd.port() + "/";

        answersOfTheNameService.add(addresses("127.0.0.1"));
        assertAnswer(post(client(url, "tls-bundle", "lab")), "");
        assertThat(backEnd.heads()).hasSize(1);

        answersOfTheNameService.add(addresses("127.0.0.1"));
        assertThat(post(client(url, "tls-bundle", "stranger"))).isInstanceOf(Outcome.Failed.class);
        answersOfTheNameService.add(addresses("127.0.0.1"));
        assertFailed(post(client(url, "tls-bundle", "distrust")), "SSLHandshakeException");
        answersOfTheNameService.add(addresses("127.0.0.1"));
        assertFailed(post(client(url)), "SSLHandshakeException");
        answersOfTheNameService.add(addresses("127.0.0.1"));
        assertFailed(
                post(client(url.replace("back-end", "other"), "tls-bundle", "lab")),
                "SSLHandshakeException");
        assertThat(backEnd.heads()).hasSize(1);
    }

    @Test
    void newConnectionsUseAReloadedBundle(@TempDir Path folder) throws Exception {
        Certificate theirs = Certificate.make(folder, "theirs", "CN=x", "-ext", "san=ip:127.0.0.1");
        Certificate old = Certificate.make(folder, "old", "CN=old");
        bundle("lab", null, old);
        RawBackEnd backEnd = opened(new RawBackEnd(tls(theirs.own()), RawBackEnd.NO_CONTENT));
        HttpWebhookClient client =
                client("https://127.0.0.1:" + backEnd.port() + "/", "tls-bundle", "lab");
        assertFailed(post(client), "SSLHandshakeException");
        bundles.updateBundle("lab", sslBundle(theirs, theirs));
        assertAnswer(post(client), "");
    }

    private void bundle(String name, @Nullable Certificate own, Certificate trusted)
            throws Exception {
        bundles.registerBundle(name, sslBundle(own, trusted));
    }

    private static SslBundle sslBundle(@Nullable Certificate own, Certificate trusted)
            throws Exception {
        return SslBundle.of(
                SslStoreBundle.of(
                        own == null ? null : own.store(),
                        own == null ? null : "changeit",
                        trusted.trustStore()));
    }

    private static ServerSocket tls(SSLContext context) throws IOException {
        SSLServerSocket server =
                (SSLServerSocket)
                        context.getServerSocketFactory()
                                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(true);
        return server;
    }

    private static InetAddress[] addresses(String... literals) {
        return List.of(literals).stream().map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    }
}
