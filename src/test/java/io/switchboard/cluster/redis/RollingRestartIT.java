package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.Haproxy;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.RoamingPeers;
import io.switchboard.testkit.TestCluster;
import java.io.Closeable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Each node in turn is stopped and started again while messages are sent through all nodes to named
 * peers and to all peers. Every peer receives the farewell, reconnects to another node through
 * HAProxy, and has received exactly the messages that were reported as written: each message once,
 * in order and complete.
 */
@Tag("system")
class RollingRestartIT {
    private static final int PEERS = 3_000;
    private static final int NODES = 3;
    private static final int SENDERS = 6;
    private static final int TERMINATED = 128 + 15;
    private static final Duration TIMEOUT = Duration.ofSeconds(90);
    private static final String FAREWELL = "moved";
    private static final String TO_ALL = "to all";

    /** A peer and the result of each message that was sent to it. */
    private static final class Account {
        private final RoamingPeers.Member member;
        private final List<String> written = Collections.synchronizedList(new ArrayList<>());
        private final List<String> possiblyWritten =
                Collections.synchronizedList(new ArrayList<>());
        private int next;

        Account(RoamingPeers.Member member) {
            this.member = member;
        }

        /** Sends the next message and returns the status. One sender at a time calls this. */
        int send(Api api) {
            String text = "message " + next++;
            Api.Answer answer = api.post("/send?to=" + member.name(), text);
            switch (answer.status()) {
                case 200 -> written.add(text);
                case 202, 504 -> possiblyWritten.add(text);
                // certainly not written: no peer has the name now, or its node is stopping
                case 404, 410, 503 -> {}
                default -> throw new AssertionError(answer.status() + " " + answer.body());
            }
            return answer.status();
        }

        /** Returns the messages that the peer received, without those to all peers. */
        private List<String> received() {
            return member.lines().stream().filter(line -> line.startsWith("message ")).toList();
        }

        private void assertNothingLostOrDuplicated() {
            List<String> certain = new ArrayList<>(received());
            assertThat(certain).as(member.name()).doesNotHaveDuplicates();
            certain.removeAll(possiblyWritten);
            assertThat(certain).as(member.name()).isEqualTo(written);
            assertThat(member.incomplete()).as("cut lines at " + member.name()).isZero();
            assertThat(Collections.frequency(member.lines(), FAREWELL))
                    .as("farewells to " + member.name())
                    .isEqualTo(member.ended());
        }
    }

    private final Map<Integer, AtomicLong> statuses = new TreeMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong toAll = new AtomicLong();
    private final AtomicLong toAllPossiblyWritten = new AtomicLong();

    RollingRestartIT() {
        for (int status : new int[] {200, 202, 404, 410, 503, 504}) {
            statuses.put(status, new AtomicLong());
        }
    }

    @Test
    void everyPeerMovesAndNoMessageIsLostOrDuplicated(@TempDir Path folder) throws Exception {
        Haproxy.require();
        try (RedisServer redis = RedisServer.start();
                TestCluster cluster =
                        TestCluster.start(
                                redis,
                                NODES,
                                "switchboard.listeners.proxied.identify.pattern=^(?<name>m-\\d+)$",
                                "switchboard.drain.delay=2s",
                                "switchboard.drain.spread=4s",
                                "switchboard.drain.farewell=" + FAREWELL);
                Haproxy haproxy = Haproxy.listening(folder, cluster);
                RoamingPeers peers = new RoamingPeers(haproxy.port(), PEERS);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Closeable _ = () -> ended.set(true)) {
            cluster.awaitTotal(PEERS);
            List<Account> accounts = peers.members().stream().map(Account::new).toList();
            List<Future<?>> senders = new ArrayList<>();
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.add(
                        threads.submit(() -> sendToOneAfterTheOther(cluster, accounts, number)));
            }
            senders.add(threads.submit(() -> sendToAll(cluster)));
            await().atMost(TIMEOUT).until(() -> count(200) > PEERS);

            long start = System.nanoTime();
            for (ClusterNode node : cluster.nodes()) {
                restart(node);
                cluster.awaitWhole();
                await().atMost(TIMEOUT).until(() -> listed(cluster.node(1)) == PEERS);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            ended.set(true);
            for (Future<?> sender : senders) {
                sender.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
            long moved = peers.members().stream().mapToLong(RoamingPeers.Member::ended).sum();
            System.out.printf(
                    "rolling restart of %d nodes in %d s: %d peers moved %d times; answers %s; %d"
                            + " lines to all written, %d perhaps%n",
                    NODES,
                    took.toSeconds(),
                    PEERS,
                    moved,
                    statuses,
                    toAll.get(),
                    toAllPossiblyWritten.get());

            await().atMost(TIMEOUT)
                    .untilAsserted(
                            () ->
                                    assertThat(receivedByAll(peers))
                                            .isBetween(
                                                    toAll.get(),
                                                    toAll.get() + toAllPossiblyWritten.get()));
            accounts.forEach(Account::assertNothingLostOrDuplicated);
            assertThat(moved).isGreaterThan(PEERS / 2);
            assertThat(count(200)).isGreaterThan(3L * PEERS);
        }
    }

    /** Stops a node, which sends the farewell to every client, and starts it on the same ports. */
    private static void restart(ClusterNode node) throws Exception {
        node.process().terminate();
        assertThat(node.process().awaitExit()).isEqualTo(TERMINATED);
        assertThat(node.logged("drained: 0 peers left")).hasSize(1);
        assertThat(node.logged(" ERROR ")).isEmpty();
        node.start();
    }

    private static int listed(ClusterNode node) {
        return node.api().get("/peers?q=m-&limit=1").json().get("total").asInt();
    }

    private static long receivedByAll(RoamingPeers peers) {
        return peers.members().stream()
                .mapToLong(member -> Collections.frequency(member.lines(), TO_ALL))
                .sum();
    }

    private long count(int status) {
        return counter(status).get();
    }

    private AtomicLong counter(int status) {
        AtomicLong counter = statuses.get(status);
        if (counter == null) {
            throw new AssertionError("unexpected status " + status);
        }
        return counter;
    }

    /** Sends to the peers of one sender, through the nodes in turn. */
    private void sendToOneAfterTheOther(TestCluster cluster, List<Account> accounts, int sender) {
        for (int turn = 0; !ended.get(); turn++) {
            for (int i = sender; i < accounts.size() && !ended.get(); i += SENDERS) {
                Account account = accounts.get(i);
                Api api = cluster.node(1 + (turn + i) % NODES).api();
                try {
                    counter(account.send(api)).incrementAndGet();
                } catch (UncheckedIOException e) {
                    // the node's HTTP server is not running: the message may have been written
                    account.possiblyWritten.add("message " + (account.next - 1));
                }
            }
        }
    }

    private void sendToAll(TestCluster cluster) {
        for (int turn = 0; !ended.get(); turn++) {
            Api api = cluster.node(1 + turn % NODES).api();
            try {
                Api.Answer answer = api.post("/send?to=all&results=none", TO_ALL);
                if (answer.status() == 200 || answer.status() == 207 || answer.status() == 202) {
                    JsonNode report = answer.json();
                    toAll.addAndGet(report.get("written").asLong());
                    boolean partial = report.has("partial");
                    toAllPossiblyWritten.addAndGet(
                            partial
                                    ? PEERS
                                    : report.get("queued").asLong()
                                            + report.get("failed").asLong());
                } else {
                    assertThat(answer.status()).as(answer.body()).isEqualTo(503);
                }
                TimeUnit.MILLISECONDS.sleep(
                        500); // the interval of the sends, not a wait for a condition
            } catch (UncheckedIOException e) {
                toAllPossiblyWritten.addAndGet(PEERS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
