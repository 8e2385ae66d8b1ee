package io.switchboard.mailbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Sends numbered messages to names that move between three nodes, while a node, PostgreSQL and
 * Redis are killed, and compares what every name received with what became of each message.
 */
@Tag("beside")
@Tag("system")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class MailboxClusterLedgerIT {
    private static final int MESSAGES_PER_NAME = 10;
    private static final int NAMES =
            Integer.getInteger("ledger.messages", 10_000) / MESSAGES_PER_NAME;
    private static final int SENDERS = 6;
    private static final Duration END = Duration.ofMinutes(10);

    /** A name with one connection at a time, to a node that changes. */
    private static final class Nomad {
        private final String name;
        private final Random random;

        /** Whether it leaves by a reset, which may discard what its kernel has acknowledged. */
        private final boolean rough;

        private final List<Integer> received = Collections.synchronizedList(new ArrayList<>());
        private final Map<Integer, String> ids = new ConcurrentHashMap<>();
        private volatile boolean settled;
        private volatile boolean ended;

        Nomad(int number) {
            this.name = "nomad-" + number;
            this.random = new Random(number);
            this.rough = number % 6 == 0;
        }

        void roam(List<ClusterNode> nodes) {
            while (!ended) {
                ClusterNode node = nodes.get(random.nextInt(nodes.size()));
                try (RawClient client = node.connect()) {
                    client.send("id " + name + "\n");
                    stay(client);
                } catch (IOException e) {
                    pause(50 + random.nextInt(200)); // the node is down
                }
            }
        }

        private void beAway() {
            boolean forLong = random.nextInt(5) == 0;
            pause(random.nextInt(forLong && !settled ? 5_000 : 300));
        }

        private void stay(RawClient client) throws IOException {
            long leaves = System.nanoTime() + Duration.ofMillis(random.nextInt(1_500)).toNanos();
            client.socket().setSoTimeout(200);
            InputStream in = new BufferedInputStream(client.socket().getInputStream());
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            boolean leaving = false;
            while (true) {
                if (!leaving && (ended || (!settled && System.nanoTime() - leaves > 0))) {
                    if (rough) {
                        client.reset();
                        beAway();
                        return;
                    }
                    client.finish();
                    leaving = true;
                }
                try {
                    int next = in.read();
                    if (next < 0) {
                        beAway();
                        return;
                    }
                    if (next == '\n') {
                        received.add(Integer.valueOf(line.toString(UTF_8)));
                        line.reset();
                    } else {
                        line.write(next);
                    }
                } catch (SocketTimeoutException e) {
                    // looks at the time again
                }
            }
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }

    private final List<Nomad> nomads = IntStream.range(0, NAMES).mapToObj(Nomad::new).toList();
    private final AtomicInteger stored = new AtomicInteger();
    private final AtomicInteger retried = new AtomicInteger();

    @Test
    void everyMessageEndsOnceInOrderWhateverIsKilled() throws Exception {
        try (PostgresServer database = PostgresServer.start();
                RedisServer redis = RedisServer.start();
                TestCluster cluster =
                        TestCluster.start(
                                redis,
                                3,
                                "spring.datasource.url=" + database.url(),
                                "spring.datasource.username=test",
                                "switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)",
                                "switchboard.listeners.default.on-duplicate=replace")) {
            List<Thread> threads = new ArrayList<>();
            List<Thread> senders = new ArrayList<>();
            for (Nomad each : nomads) {
                threads.add(Thread.ofVirtual().start(() -> each.roam(cluster.nodes())));
            }
            for (int at = 0; at < SENDERS; at++) {
                int sender = at;
                senders.add(Thread.ofVirtual().start(() -> send(sender, cluster)));
            }
            int all = NAMES * MESSAGES_PER_NAME;
            awaitStored(all / 5);
            cluster.node(3).kill();
            awaitStored(all * 3 / 10);
            cluster.node(3).start();
            awaitStored(all * 2 / 5);
            database.kill();
            pause(2_000);
            database.restart();
            awaitStored(all * 3 / 5);
            redis.kill();
            awaitStored(all * 7 / 10);
            redis.startAgain();
            awaitStored(all * 4 / 5);
            cluster.node(1).kill();
            cluster.node(1).start();
            for (Thread each : senders) {
                each.join();
            }
            nomads.forEach(each -> each.settled = true);
            Api api = cluster.node(2).api();
            await().atMost(END)
                    .untilAsserted(
                            () ->
                                    assertThat(api.get("/mailboxes").json().path("mailboxes"))
                                            .isEmpty());
            nomads.forEach(each -> each.ended = true);
            for (Thread each : threads) {
                each.join();
            }
            compare(api);
        }
    }

    private void awaitStored(int count) {
        await().atMost(END).until(() -> stored.get() >= count);
    }

    /** Sends to every name of this sender in turn, each message to a node of its choice. */
    private void send(int sender, TestCluster cluster) {
        Random random = new Random(sender);
        for (int number = 0; number < MESSAGES_PER_NAME; number++) {
            for (int at = sender; at < NAMES; at += SENDERS) {
                Nomad nomad = nomads.get(at);
                boolean brief = random.nextInt(10) == 0;
                String id = null;
                for (int attempt = 0; id == null && (attempt == 0 || !brief); attempt++) {
                    id = tryStore(cluster.node(1 + random.nextInt(3)), nomad, number, brief);
                    if (id == null) {
                        retried.incrementAndGet();
                        pause(100);
                    }
                }
                stored.incrementAndGet();
                if (id != null) {
                    nomad.ids.put(number, id);
                    if (random.nextInt(20) == 0) {
                        tryCancel(cluster.node(1 + random.nextInt(3)), id);
                    }
                }
            }
        }
    }

    private static @Nullable String tryStore(
            ClusterNode node, Nomad nomad, int number, boolean brief) {
        try {
            Answer answer =
                    node.api()
                            .answer(
                                    node.api()
                                            .request(
                                                    "/send?timeout=0s&to=%s&ttl=%s"
                                                            .formatted(
                                                                    nomad.name,
                                                                    brief ? "1s" : "1h"))
                                            .header("Idempotency-Key", nomad.name + "/" + number)
                                            .POST(BodyPublishers.ofString("" + number)));
            assertThat(answer.status()).as(answer.body()).isIn(200, 202, 503, 504);
            return answer.status() < 300 ? answer.json().at("/results/0/id").asString() : null;
        } catch (UncheckedIOException e) {
            return null;
        }
    }

    private static void tryCancel(ClusterNode node, String id) {
        try {
            node.api().delete("/messages/" + id);
        } catch (UncheckedIOException e) {
            // the node is down
        }
    }

    private void compare(Api api) {
        Map<String, Integer> ends = new HashMap<>();
        int repeats = 0;
        for (Nomad nomad : nomads) {
            assertThat(nomad.received).as(nomad.name).isSorted();
            for (Map.Entry<Integer, String> each : nomad.ids.entrySet()) {
                JsonNode message = api.get("/messages/" + each.getValue()).json();
                String status = message.path("status").asString();
                int attempts = message.path("attempts").asInt();
                int received = Collections.frequency(nomad.received, each.getKey());
                String what = "%s/%d: %s".formatted(nomad.name, each.getKey(), message);
                assertThat(status).as(what).isIn("acked", "expired", "cancelled");
                assertThat(received).as(what).isLessThanOrEqualTo(attempts);
                if (status.equals("acked") && !nomad.rough) {
                    assertThat(received).as(what).isPositive();
                }
                repeats += Math.max(0, received - 1);
                ends.merge(status, 1, Integer::sum);
            }
        }
        System.out.printf(
                "ledger: %s, %d repeats, %d requests were retried%n", ends, repeats, retried.get());
        assertThat(ends.get("acked")).isGreaterThan(NAMES * MESSAGES_PER_NAME / 2);
    }
}
