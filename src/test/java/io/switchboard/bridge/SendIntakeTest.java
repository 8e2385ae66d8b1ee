package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.delivery.SendRequests;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SendIntakeTest {
    private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
    private final List<String> ended = Collections.synchronizedList(new ArrayList<>());
    private final List<Outgoing> published = Collections.synchronizedList(new ArrayList<>());
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private SendIntake intake(Function<String, Integer> status) {
        BridgeProperties properties =
                new Binder(
                                new MapConfigurationPropertySource(
                                        Map.of(
                                                "b.type", "kafka",
                                                "b.sends-from", "sends",
                                                "b.results-to", "results",
                                                "b.queue-bytes", "1KB")))
                        .bind("b", BridgeProperties.class)
                        .get();
        return new SendIntake("b", properties, new Requests(status), new FakeBroker(), meters);
    }

    private final class Requests implements SendRequests {
        private final Function<String, Integer> status;

        private Requests(Function<String, Integer> status) {
            this.status = status;
        }

        @Override
        public Answer send(Source source, byte[] body) {
            sent.add(source.id());
            int result = status.apply(source.id());
            String reason = result == 504 ? "unknown" : "reason";
            return new Answer(result, reason, "detail", ("{" + result + "}").getBytes(UTF_8));
        }

        @Override
        public Answer send(Source source, String name, byte[] payload) {
            return send(source, payload);
        }
    }

    private final class FakeBroker implements Broker {
        @Override
        public Outcome publish(Outgoing record) {
            Outcome outcome = outcomes.poll();
            if (outcome != null && !(outcome instanceof Outcome.Accepted)) {
                return outcome;
            }
            published.add(record);
            return new Outcome.Accepted();
        }

        @Override
        public void startSends(SendIntake intake) {}

        @Override
        public void stopSends() {}

        @Override
        public Optional<String> problem() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    private void accept(SendIntake intake, String id, String to) {
        intake.accept(
                new SendRecord(
                        id,
                        null,
                        null,
                        "{\"text\":\"x\",\"to\":\"%s\"}".formatted(to).getBytes(UTF_8),
                        null),
                () -> ended.add(id));
    }

    @Test
    void readsNothingBeforeTheServiceIsReady() {
        SendIntake intake = intake(_ -> 200);
        assertThat(intake.problem()).contains("not read before the service is ready");
        intake.start();
        assertThat(intake.problem()).isEmpty();
    }

    @Test
    void keepsTheOrderOfATargetAndLetsOthersPass() {
        CountDownLatch slow = new CountDownLatch(1);
        SendIntake intake =
                intake(
                        id -> {
                            try {
                                if (id.equals("a1")) {
                                    slow.await();
                                }
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return 200;
                        });
        accept(intake, "a1", "a");
        accept(intake, "a2", "a");
        accept(intake, "b1", "b");
        await().until(() -> ended.contains("b1"));
        assertThat(ended).containsExactly("b1");
        slow.countDown();
        await().until(() -> ended.size() == 3);
        assertThat(ended).containsExactly("b1", "a1", "a2");
        await().until(() -> intake.records() == 0);
    }

    @Test
    void endsARecordOnlyWhenItsReportIsPublished() {
        outcomes.add(new Outcome.Failed("away", Duration.ZERO));
        outcomes.add(new Outcome.Failed("away", Duration.ZERO));
        accept(intake(_ -> 404), "a1", "a");
        await().until(() -> !ended.isEmpty());
        assertThat(published).hasSize(1);
        assertThat(published.getFirst().to()).isEqualTo("results");
        assertThat(published.getFirst().headers())
                .containsEntry("record", "a1")
                .containsEntry("status", "404");
        assertThat(sent).containsExactly("a1");
        assertThat(count("failed")).isEqualTo(1);
    }

    private double count(String outcome) {
        return meters.get("switchboard.bridge.sends").tag("outcome", outcome).counter().count();
    }

    @Test
    void repeatsASendThatSentNothing() {
        accept(intake(_ -> sent.size() < 3 ? 429 : 200), "a1", "a");
        await().until(() -> !ended.isEmpty());
        assertThat(sent).containsExactly("a1", "a1", "a1");
        assertThat(count("sent")).isEqualTo(1);
    }

    /** Each node sends a message with an idempotency key once, also if it got the first request. */
    @Test
    void repeatsASendThatANodeHasNotAnswered() {
        accept(intake(_ -> sent.size() < 2 ? 504 : 200), "a1", "a");
        await().until(() -> !ended.isEmpty());
        assertThat(sent).containsExactly("a1", "a1");
        assertThat(count("sent")).isEqualTo(1);
    }

    @Test
    void putsARecordThatIsNoRequestAsideWithItsReason() {
        accept(intake(_ -> 400), "a1", "a");
        await().until(() -> !ended.isEmpty());
        assertThat(published).extracting(Outgoing::to).containsExactly("results", "sends.dead");
        assertThat(published.getLast().headers())
                .containsEntry("reason", "reason")
                .containsEntry("detail", "detail");
        assertThat(count("invalid")).isEqualTo(1);
    }

    /** Brokers pass on what follows a record only when it has ended. */
    @Test
    void endsARecordThatMeetsAFaultOfTheService() {
        SendIntake intake =
                intake(
                        id -> {
                            if (id.equals("a1")) {
                                throw new IllegalStateException("a fault");
                            }
                            return 200;
                        });
        accept(intake, "a1", "a");
        accept(intake, "a2", "a");
        await().until(() -> ended.size() == 2);
        assertThat(ended).containsExactly("a1", "a2");
        assertThat(count("failed")).isEqualTo(1);
        await().until(() -> count("sent") == 1);
    }

    @Test
    void leavesRecordsWithTheBrokerWhenItStops() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        SendIntake intake =
                intake(
                        _ -> {
                            begun.countDown();
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return 200;
                        });
        accept(intake, "a1", "a");
        accept(intake, "a2", "a");
        begun.await();
        Thread stop = Thread.ofVirtual().start(() -> intake.stop(Duration.ofSeconds(30)));
        await().until(() -> stop.getState() == Thread.State.TIMED_WAITING);
        go.countDown();
        stop.join();
        assertThat(ended).containsExactly("a1");
        assertThat(sent).containsExactly("a1");
    }

    @Test
    void hasNoRoomWhileRecordsTakeTheirShareOfMemory() {
        CountDownLatch go = new CountDownLatch(1);
        SendIntake intake =
                intake(
                        _ -> {
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return 200;
                        });
        assertThat(intake.room()).isEqualTo(SendIntake.MAX_RECORDS);
        for (int each = 0; each < 5; each++) {
            accept(intake, "a" + each, "a");
        }
        assertThat(intake.hasRoom()).isFalse();
        go.countDown();
        await().until(() -> intake.room() == SendIntake.MAX_RECORDS);
        assertThat(ended).hasSize(5);
    }
}
