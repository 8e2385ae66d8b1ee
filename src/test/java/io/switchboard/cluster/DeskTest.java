package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.node.Operation;
import io.switchboard.node.Request;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class DeskTest {
    private final BlockingQueue<Message> said = new LinkedBlockingQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private volatile long now = 1_000;
    private volatile long asked;
    private volatile Function<String, String> does = text -> text + "!";

    private final Desk desk =
            new Desk(
                    () -> Map.of("shout", new Shout()),
                    command -> command.expires() < now,
                    at -> at + 5,
                    "1ccccc",
                    (node, message) -> {
                        assertThat(node).isEqualTo("0bbbbb");
                        said.add(message);
                    },
                    meters);

    private final class Shout implements Operation {
        @Override
        public String word() {
            return "shout";
        }

        @Override
        public byte[] answer(Request request) {
            asked = request.asked();
            return does.apply(new String(request.bytes(), UTF_8)).getBytes(UTF_8);
        }
    }

    private static Message.Command command(long id, String operation, String text, long expires) {
        return new Message.Command("0bbbbb", id, 900, expires, operation, text.getBytes(UTF_8));
    }

    private Message.Reply reply() throws InterruptedException {
        Message message = said.poll(5, TimeUnit.SECONDS);
        assertThat(message).isInstanceOf(Message.Reply.class);
        return (Message.Reply) message;
    }

    @Test
    void doesWhatItIsAskedAndSaysWhatCameOfIt() throws Exception {
        desk.take(command(7, "shout", "hello", 1_000));
        Message.Reply reply = reply();
        assertThat(reply.id()).isEqualTo(7);
        assertThat(reply.outcome()).isEqualTo(Message.Outcome.DONE);
        assertThat(new String(reply.content(), UTF_8)).isEqualTo("hello!");
        assertThat(asked).as("by this node's clock").isEqualTo(905);
        assertThat(count("done")).isOne();
    }

    /** Whoever asked has given it up, and told its client that it may not have been done. */
    @Test
    void whatHasExpiredIsNotDoneAndNotAnswered() throws Exception {
        List<String> done = new java.util.concurrent.CopyOnWriteArrayList<>();
        does =
                text -> {
                    done.add(text);
                    return text;
                };
        desk.take(command(7, "shout", "late", 999));
        await().until(() -> count("expired") == 1);
        desk.take(command(8, "shout", "in time", 1_000));
        assertThat(reply().id()).isEqualTo(8);
        assertThat(done).containsExactly("in time");
        assertThat(said).isEmpty();
    }

    @Test
    void whatItDoesNotKnowItRefuses() throws Exception {
        desk.take(command(7, "whisper", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Message.Outcome.BUSY);
        assertThat(count("refused")).isOne();
    }

    @Test
    void whatBreaksOffIsAnsweredAsSuch() throws Exception {
        does =
                _ -> {
                    throw new IllegalStateException("for the test");
                };
        desk.take(command(7, "shout", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Message.Outcome.FAULTY);
    }

    @Test
    void whatTakesLongIsSaidToBeUnderWay() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        does =
                text -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return text;
                };
        desk.take(command(7, "shout", "hello", 1_000));
        desk.sayAtWork();
        assertThat(said).isEmpty(); // not yet worth a word
        await().until(
                        () -> {
                            desk.sayAtWork();
                            return !said.isEmpty();
                        });
        Message first = said.take();
        assertThat(first)
                .usingRecursiveComparison()
                .isEqualTo(new Message.AtWork("1ccccc", new long[] {7}));
        said.clear();
        end.countDown();
        assertThat(reply().id()).isEqualTo(7);
        await().untilAsserted(
                        () -> {
                            said.clear();
                            desk.sayAtWork();
                            assertThat(said).isEmpty();
                        });
    }

    /** What waits for a processor, or for a peer, must not fill the heap. */
    @Test
    void moreThanItCanHoldIsRefusedAtOnce() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        does =
                text -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return "";
                };
        String large = "x".repeat(1_000_000);
        int held = 0;
        while (said.isEmpty() && held < 1_000) {
            desk.take(command(held, "shout", large, 1_000));
            held++;
        }
        assertThat(held).isBetween(50, 100);
        assertThat(reply().outcome()).isEqualTo(Message.Outcome.BUSY);
        end.countDown();
        int others = held - 1;
        await().until(() -> count("done") == others);
        said.clear();
        desk.take(command(held, "shout", large, 1_000));
        assertThat(reply().outcome()).isEqualTo(Message.Outcome.DONE);
    }

    private double count(String result) {
        return meters.get("switchboard.cluster.commands").tag("result", result).counter().count();
    }
}
