package io.switchboard.mailbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.mailbox.MailboxLedger.Kind;
import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages for many names whose peers come and go: they connect, read for a while, and end their
 * stream, or reset the connection in the middle of a message, or are kicked. Meanwhile the service
 * and its database are killed. No message is lost, none overtakes another.
 */
@Tag("beside")
@Tag("system")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class MailboxLedgerIT {
    private static final Logger log = LoggerFactory.getLogger(MailboxLedgerIT.class);
    private static final int MESSAGES = Integer.getInteger("ledger.messages", 10_000);
    private static final int NAMES = MESSAGES / 10;
    private static final int SENDERS = 8;
    private static final int DEVICES = 24;
    private static final int KILLS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** So large that the kernels of both ends do not hold it if the peer does not read. */
    private static final int LARGE = 256 * 1024;

    /** What a peer that resets its connection has not read, more than its kernel can have. */
    private static final int UNREAD = 128 * 1024;

    /** What a peer reads of a large message before it resets its connection. */
    private static final int BEGUN = 16 * 1024;

    private static final long AFTER_FAILURE = TimeUnit.MILLISECONDS.toNanos(100);

    /** How a peer ends its connection. */
    private enum End {
        FINISH,
        RESET,
        KICK
    }

    @TempDir private Path directory;
    private final MailboxLedger ledger = new MailboxLedger();
    private final List<ReentrantLock> names =
            IntStream.range(0, NAMES).mapToObj(_ -> new ReentrantLock()).toList();
    private final int port = FreePort.find();
    private final int http = FreePort.find();
    private volatile @Nullable ChildService service;
    private volatile boolean sending = true;

    @Test
    void nothingIsLostWithTheEmbeddedDatabase() throws Exception {
        run(List.of("switchboard.data.directory=" + directory), () -> {});
    }

    @Test
    void nothingIsLostWithPostgres() throws Exception {
        try (PostgresServer database = PostgresServer.start()) {
            run(
                    List.of(
                            "spring.datasource.url=" + database.url(),
                            "spring.datasource.username=test",
                            "switchboard.data.directory=/nowhere"),
                    () -> {
                        database.kill();
                        database.restart();
                    });
        }
    }

    /** Something that breaks. */
    private interface Breakage {
        void run() throws IOException;
    }

    private void run(List<String> database, Breakage breakage) throws Exception {
        start(database);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> senders = new ArrayList<>();
            List<Future<?>> devices = new ArrayList<>();
            for (int at = 0; at < SENDERS; at++) {
                int sender = at;
                senders.add(threads.submit(() -> send(sender)));
            }
            for (int at = 0; at < DEVICES; at++) {
                Random random = new Random(at);
                devices.add(threads.submit(() -> comeAndGo(random)));
            }
            try {
                for (int kill = 1; kill <= KILLS; kill++) {
                    int from = kill * MESSAGES / (KILLS + 1);
                    await().atMost(LIMIT).until(() -> ledger.messages() >= from || ended(senders));
                    breakage.run();
                    service().close();
                    start(database);
                }
                for (Future<?> each : senders) {
                    each.get();
                }
            } finally {
                sending = false;
            }
            for (Future<?> each : devices) {
                each.get();
            }
            receiveTheRest(threads);
        }
        Map<String, Integer> states = ledger.check(service().api());
        log.info("messages of the ledger: {}", states);
        assertThat(states.getOrDefault("acked", 0)).isGreaterThan(MESSAGES / 2);
        assertThat(service().api().get("/mailboxes").json().path("messages").asInt()).isZero();
        assertThat(service().api().metric("switchboard_mailbox_size_bytes")).isZero();
        service().close();
    }

    private static boolean ended(List<Future<?>> tasks) {
        return tasks.stream().allMatch(Future::isDone);
    }

    private ChildService service() {
        return Objects.requireNonNull(service);
    }

    private void start(List<String> database) throws IOException {
        List<String> properties = new ArrayList<>(database);
        properties.add("server.port=" + http);
        properties.add("switchboard.listeners.default.port=" + port);
        properties.add("switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)");
        service = ChildService.start(properties.toArray(String[]::new));
    }

    private static String name(int number) {
        return "name-" + number;
    }

    /** Stores the messages for every eighth name, each name's in order. */
    private void send(int sender) {
        for (int number = 0; number < MESSAGES / NAMES; number++) {
            for (int name = sender; name < NAMES; name += SENDERS) {
                Kind kind =
                        switch ((7 * name + number) % 20) {
                            case 0, 1 -> Kind.SHORT;
                            case 2 -> Kind.CANCELLED;
                            default -> Kind.LASTING;
                        };
                store(name(name), number, kind, name % 50 == number ? LARGE : 20);
            }
        }
    }

    private void store(String name, int number, Kind kind, int size) {
        String text = "%s %d %s".formatted(name, number, "x".repeat(size));
        String path =
                "/send?timeout=50ms&to=%s&ttl=%s".formatted(name, kind == Kind.SHORT ? "1s" : "1h");
        if (kind == Kind.SHORT) {
            // not again: after its end, the key is free
            stored(post(path, text, null), name, number, kind);
            return;
        }
        String key = name + "/" + number;
        await().atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInSameThread()
                .until(() -> stored(post(path, text, key), name, number, kind));
    }

    private @Nullable Answer post(String path, String text, @Nullable String key) {
        try {
            var request = service().api().request(path).POST(BodyPublishers.ofString(text));
            return service()
                    .api()
                    .answer(key == null ? request : request.header("Idempotency-Key", key));
        } catch (UncheckedIOException e) {
            return null; // the service was killed
        }
    }

    private boolean stored(@Nullable Answer answer, String name, int number, Kind kind) {
        if (answer == null || answer.status() == 503) {
            return false;
        }
        assertThat(answer.status()).as(answer.body()).isIn(200, 202, 207);
        String id = answer.json().at("/results/0/id").asString();
        ledger.stored(name, id, number, kind);
        if (kind == Kind.CANCELLED) {
            try {
                service().api().delete("/messages/" + id);
            } catch (UncheckedIOException e) {
                log.debug("not cancelled, because the service was killed", e);
            }
        }
        return true;
    }

    private void comeAndGo(Random random) {
        while (sending) {
            int name = random.nextInt(NAMES);
            ReentrantLock lock = names.get(name);
            if (lock.tryLock()) {
                try (RawClient client = RawClient.connectWithTinyBuffer(port)) {
                    client.socket().setSoTimeout(20 + random.nextInt(100));
                    client.send("id " + name(name) + "\n");
                    End end = End.values()[random.nextInt(End.values().length)];
                    new Peer(client, name(name), end).readAWhile();
                } catch (IOException | UncheckedIOException e) {
                    LockSupport.parkNanos(AFTER_FAILURE); // the service was killed
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    private void receiveTheRest(ExecutorService threads) throws Exception {
        List<RawClient> clients = new ArrayList<>();
        List<Future<?>> readers = new ArrayList<>();
        for (int name = 0; name < NAMES; name++) {
            RawClient client = RawClient.connect(port);
            clients.add(client);
            client.socket().setSoTimeout((int) LIMIT.toMillis());
            client.send("id " + name(name) + "\n");
            Peer peer = new Peer(client, name(name), End.FINISH);
            readers.add(threads.submit(peer::readToEnd));
        }
        await().atMost(LIMIT)
                .untilAsserted(
                        () ->
                                assertThat(
                                                service()
                                                        .api()
                                                        .get("/mailboxes")
                                                        .json()
                                                        .path("mailboxes"))
                                        .isEmpty());
        for (RawClient each : clients) {
            each.finish();
        }
        for (Future<?> each : readers) {
            each.get();
        }
        for (RawClient each : clients) {
            each.close();
        }
    }

    /** Reads lines of one connection. */
    private final class Peer {
        private final RawClient client;
        private final String name;
        private final End end;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Peer(RawClient client, String name, End end) {
            this.client = client;
            this.name = name;
            this.end = end;
        }

        /**
         * Reads until nothing comes for a while, or the middle of a large message. Then it ends its
         * stream and reads what the service has sent, which its kernel may have acknowledged; or it
         * resets the connection while its kernel cannot have the whole message.
         */
        private void readAWhile() throws IOException {
            InputStream in = client.socket().getInputStream();
            byte[] buffer = new byte[8 * 1024];
            try {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    add(buffer, count);
                    if (end == End.RESET && line.size() > BEGUN && line.size() < LARGE - UNREAD) {
                        client.reset();
                        return;
                    }
                }
            } catch (SocketTimeoutException e) {
                if (end != End.KICK || !kick()) {
                    client.finish();
                }
                client.socket().setSoTimeout((int) LIMIT.toMillis());
                readToEnd();
            }
        }

        /** Returns false if the service does not know yet that the peer has this name. */
        private boolean kick() {
            Answer answer = service().api().postJson("/peers/close", "{\"to\":\"" + name + "\"}");
            return answer.json().path("closed").asInt() == 1;
        }

        private boolean readToEnd() {
            byte[] buffer = new byte[8 * 1024];
            try {
                InputStream in = client.socket().getInputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    add(buffer, count);
                }
                return true;
            } catch (IOException e) {
                return false; // the service was killed
            }
        }

        private void add(byte[] bytes, int count) {
            for (int at = 0; at < count; at++) {
                if (bytes[at] == '\n') {
                    List<String> words = Stream.of(line.toString(US_ASCII).split(" ", -1)).toList();
                    assertThat(words.getFirst()).isEqualTo(name);
                    ledger.received(name, Integer.parseInt(words.get(1)));
                    line.reset();
                } else {
                    line.write(bytes[at]);
                }
            }
        }
    }
}
