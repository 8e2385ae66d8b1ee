package io.switchboard.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.env.MockEnvironment;

class StoreTest {
    private static final String COUNT = "select count(*) from switchboard_mailbox";

    @TempDir Path directory;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private Store store(Path at) {
        return new Store(new DataProperties(at), new MockEnvironment(), meters);
    }

    private static Transaction.Work<Integer> insert(String name) {
        return transaction ->
                transaction
                        .jdbc()
                        .sql(
                                "insert into switchboard_mailbox (name, messages, bytes) values (?, 0, 0)")
                        .param(name)
                        .update();
    }

    private static long count(Store store) {
        return store.read(transaction -> transaction.jdbc().sql(COUNT).query(Long.class).single());
    }

    @Test
    void writesNoFileBeforeTheFirstNeed() throws Exception {
        Path data = directory.resolve("data");
        try (Store store = store(data)) {
            assertThat(store.exists()).isFalse();
            assertThat(store.<Long>read(_ -> 1L, 0L)).isZero();
        }
        assertThat(Files.exists(data)).isFalse();
    }

    @Test
    void hasWhatWasWrittenAfterARestart() throws Exception {
        try (Store store = store(directory)) {
            store.writeAndWait(insert("one"));
        }
        try (Store store = store(directory)) {
            assertThat(store.exists()).isTrue();
            assertThat(count(store)).isOne();
        }
    }

    @Test
    void executesWhatWaitsInOneCommit() throws Exception {
        try (Store store = store(directory)) {
            CountDownLatch busy = new CountDownLatch(1);
            List<CompletableFuture<?>> results = new ArrayList<>();
            results.add(
                    store.write(
                            _ -> {
                                try {
                                    busy.await();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                                return 1;
                            }));
            for (int at = 0; at < 100; at++) {
                results.add(store.write(insert("name-" + at)));
            }
            busy.countDown();
            CompletableFuture.allOf(results.toArray(new CompletableFuture<?>[0])).get();
            assertThat(count(store)).isEqualTo(100);
            assertThat(meters.get("switchboard.store.commits").timer().count()).isLessThan(5);
        }
    }

    @Test
    void oneWriteThatFailsLeavesTheOthersOfItsGroup() throws Exception {
        try (Store store = store(directory)) {
            store.writeAndWait(insert("taken"));
            CompletableFuture<Integer> first = store.write(insert("first"));
            CompletableFuture<Integer> wrong = store.write(insert("taken"));
            CompletableFuture<Integer> last = store.write(insert("last"));
            assertThat(first.get()).isOne();
            assertThat(last.get()).isOne();
            assertThatThrownBy(wrong::get).hasCauseInstanceOf(StoreException.class);
            assertThat(count(store)).isEqualTo(3);
        }
    }

    @Test
    void aCorruptFileIsAnErrorForWhoNeedsIt() throws Exception {
        Files.writeString(
                directory.resolve("switchboard.mv.db"), "this is no database".repeat(999));
        try (Store store = store(directory)) {
            assertThatThrownBy(() -> store.writeAndWait(insert("one")))
                    .isInstanceOfSatisfying(
                            StoreException.class,
                            e -> assertThat(e.fault()).isEqualTo(StoreException.Fault.UNAVAILABLE))
                    .hasMessageContaining("is not available");
            assertThat(store.problem()).isPresent();
            assertThat(new StoreHealth(store).health().getStatus().getCode()).isEqualTo("DOWN");
        }
    }

    @Test
    void isUpAgainWithoutAnotherRequest() throws Exception {
        Path data = Files.writeString(directory.resolve("data"), "not a directory");
        try (Store store = store(data)) {
            StoreHealth health = new StoreHealth(store);
            assertThatThrownBy(() -> store.writeAndWait(insert("one")))
                    .isInstanceOf(StoreException.class);
            assertThat(health.health().getStatus().getCode()).isEqualTo("DOWN");
            Files.delete(data);
            await().until(() -> health.health().getStatus().getCode().equals("UP"));
            assertThat(health.health().getDetails()).containsEntry("state", "open");
        }
    }

    @Test
    void timeDoesNotFollowTheWallClockWhileItIsOpen() throws Exception {
        try (Store store = store(directory)) {
            Transaction first = store.writeAndWait(each -> each);
            Transaction second = store.writeAndWait(each -> each);
            long elapsed = (second.nanos() - first.nanos()) / 1_000_000;
            assertThat(second.now() - first.now()).isBetween(elapsed - 1, elapsed + 1);
            assertThat(second.nanosAt(second.now() + 5)).isEqualTo(second.nanos() + 5_000_000);
        }
    }

    /** H2 closes its file if a thread is interrupted that reads it. */
    @Test
    void anInterruptedReaderGetsItsAnswerAndTheFileStaysOpen() throws Exception {
        try (Store store = store(directory)) {
            for (int at = 0; at < 200; at++) {
                store.writeAndWait(insert("name-%d-%s".formatted(at, "x".repeat(400))));
            }
        }
        try (Store store = store(directory)) {
            Thread.currentThread().interrupt();
            long rows = count(store);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(rows).isEqualTo(200);
            store.writeAndWait(insert("next"));
            assertThat(count(store)).isEqualTo(201);
            assertThat(meters.get("switchboard.store.failed").counter().count()).isZero();
        }
    }

    private static MonotonicTime continued(Store store, MonotonicTime time, String boot)
            throws InterruptedException {
        return store.writeAndWait(each -> time.continued(each.jdbc(), boot));
    }

    @Test
    void timeGoesOnAfterARestartWhileMessagesWait() throws Exception {
        String boot = "a boot";
        long nanos = System.nanoTime();
        try (Store store = store(directory)) {
            store.writeAndWait(insert("waits"));
            MonotonicTime first = new MonotonicTime(1_000, nanos);
            MonotonicTime wrong = new MonotonicTime(500_000, nanos + 2_000_000_000);
            assertThat(continued(store, first, boot)).isEqualTo(first);
            assertThat(continued(store, wrong, boot)).isEqualTo(first);
            assertThat(first.at(wrong.nanos())).isEqualTo(3_000);
            assertThat(continued(store, wrong, "another boot")).isEqualTo(wrong);
        }
    }

    @Test
    void timeIsThatOfTheWallClockAfterARestartIfNothingWaits() throws Exception {
        try (Store store = store(directory)) {
            MonotonicTime first = new MonotonicTime(1_000, 1);
            MonotonicTime next = new MonotonicTime(500_000, 2);
            continued(store, first, "a boot");
            assertThat(continued(store, next, "a boot")).isEqualTo(next);
        }
    }
}
