package io.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.RawClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Sends SIGTERM to a service with ten thousand peers and default settings while senders are active.
 * No accepted message may be lost, and the process must end in time.
 *
 * <p>Each peer has one sender, which numbers the messages. So a peer must have read consecutive
 * numbers: every message that was answered as accepted, and at most one more, whose answer was lost
 * when HTTP stopped.
 */
@Tag("system")
class CrowdDrainIT {
    private static final int PEERS = 10_000;
    private static final int SENDERS = 8;
    private static final int LATE_READERS = 10;
    private static final int LARGE = 500_000;
    private static final long MAX_BYTES = 100_000_000;
    private static final int TERMINATED = 128 + 15;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String FAREWELL = "good night\n";

    /** A peer and the number of messages to it that were answered as accepted. */
    private static final class Target {
        private final Crowd.Member member;
        private final String id;
        private final AtomicInteger answered = new AtomicInteger();

        Target(Crowd.Member member, String id) {
            this.member = member;
            this.id = id;
        }

        private void send(Api api) {
            int number = answered.get();
            String wait = number % 2 == 0 ? "queued" : "written";
            Api.Answer answer = api.post("/send?to=%s&wait=%s".formatted(id, wait), text(number));
            assertThat(answer.status())
                    .as("200, 202 or, once the peer is being closed, 503 or 410: " + answer)
                    .isIn(200, 202, 410, 503);
            if (answer.status() < 300) {
                answered.incrementAndGet();
            }
        }

        private String text(int number) {
            return "message %d to %s".formatted(number, id);
        }

        /** Returns whether the peer has read exactly this many messages and the farewell. */
        private boolean hasRead(int count) {
            StringBuilder all = new StringBuilder();
            for (int number = 0; number < count; number++) {
                all.append(text(number)).append('\n');
            }
            return member.hasRead(all + FAREWELL);
        }

        @Override
        public String toString() {
            return "%s, answered %s, read %d bytes".formatted(id, answered, member.received());
        }
    }

    @Test
    void losesNoMessageThatWasAnsweredAsAccepted() throws Exception {
        try (ChildService service = ChildService.start("switchboard.drain.farewell=good night");
                Crowd crowd = Crowd.connect(service.port(), PEERS);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            service.api().awaitTotal(PEERS);
            List<Target> targets = targets(service, crowd);
            List<Future<?>> senders = new ArrayList<>();
            AtomicBoolean stopping = new AtomicBoolean();
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.add(
                        threads.submit(
                                () ->
                                        sendUntilHttpStops(
                                                service.api(), targets, number, stopping)));
            }
            await().atMost(Duration.ofMinutes(2))
                    .failFast("a sender has ended", () -> throwFailureOfASender(senders))
                    .until(() -> targets.stream().allMatch(target -> target.answered.get() > 0));
            int before = answered(targets);
            long start = System.nanoTime();
            stopping.set(true);
            service.process().terminate();
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            for (Future<?> sender : senders) {
                sender.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
            await().until(() -> crowd.connected().isEmpty());
            System.out.printf(
                    "drain: %d peers closed and the process ended %d ms after SIGTERM; of %d messages"
                            + " answered, %d during the drain, none was lost%n",
                    PEERS, took.toMillis(), answered(targets), answered(targets) - before);

            assertThat(targets)
                    .allMatch(
                            target ->
                                    target.hasRead(target.answered.get())
                                            || target.hasRead(target.answered.get() + 1));
            assertThat(answered(targets)).isGreaterThan(before);
            assertThat(took).isLessThan(TIMEOUT);
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(service.logged("drained: 0 peers left")).hasSize(1);
        }
    }

    @Test
    void flushesTheOutboxesOfPeersThatReadLate() throws Exception {
        byte[] large = new byte[LARGE];
        Arrays.fill(large, (byte) 'x');
        try (ChildService service =
                        ChildService.start(
                                "switchboard.drain.delay=0s",
                                "switchboard.drain.farewell=good night");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> surplus = new ArrayList<>();
            for (int i = 0; i < LATE_READERS; i++) {
                RawClient client = service.connect();
                String id = service.api().idOf(client);
                long sent = sendUntilQueued(service.api(), id, large);
                surplus.add(
                        threads.submit(
                                () -> {
                                    awaitDraining(service.api(), id);
                                    return client.readToEnd().length() - sent;
                                }));
            }
            service.process().terminate();
            for (Future<Long> each : surplus) {
                assertThat(each.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(FAREWELL.length());
            }
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            assertThat(service.logged("drained: 0 peers left")).hasSize(1);
        }
    }

    /** Sends until the outbox holds a message; returns the number of bytes that were accepted. */
    private static long sendUntilQueued(Api api, String id, byte[] large) {
        for (long sent = LARGE + 1L; sent < MAX_BYTES; sent += LARGE + 1L) {
            JsonNode report = api.post("/send?wait=queued&to=" + id, large).json();
            if (report.get("queued").asInt() == 1) {
                return sent;
            }
        }
        throw new AssertionError("the kernel accepted everything");
    }

    private static void awaitDraining(Api api, String id) {
        await().pollInterval(Duration.ofMillis(20))
                .until(() -> !api.peer(id).get("state").asString().equals("open"));
    }

    private static int answered(List<Target> targets) {
        return targets.stream().mapToInt(target -> target.answered.get()).sum();
    }

    private static List<Target> targets(ChildService service, Crowd crowd) {
        Map<Integer, String> ids = new HashMap<>();
        for (JsonNode peer : service.api().peers()) {
            ids.put(peer.get("peername").get("port").asInt(), peer.get("id").asString());
        }
        List<Target> targets = new ArrayList<>();
        for (Crowd.Member member : crowd.members()) {
            targets.add(new Target(member, Objects.requireNonNull(ids.get(member.port()))));
        }
        return targets;
    }

    private static void throwFailureOfASender(List<Future<?>> senders) throws Exception {
        for (Future<?> sender : senders) {
            if (sender.isDone()) {
                sender.get();
            }
        }
    }

    private static void sendUntilHttpStops(
            Api api, List<Target> targets, int sender, AtomicBoolean stopping) {
        try {
            while (true) {
                for (int i = sender; i < targets.size(); i += SENDERS) {
                    targets.get(i).send(api);
                }
            }
        } catch (UncheckedIOException e) {
            if (!stopping.get()) {
                throw e;
            }
            // HTTP has stopped: a message without an answer may have arrived or not
        }
    }
}
