package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RpcServerTest {
    private final BlockingQueue<Envelope> said = new LinkedBlockingQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private volatile long now = 1_000;
    private volatile long asked;
    private volatile Function<String, String> does = text -> text + "!";

    private final RpcServer server =
            new RpcServer(
                    () -> List.of(new Shout()),
                    request -> request.expires() < now,
                    at -> at + 5,
                    "1ccccc",
                    (node, message) -> {
                        assertThat(node).isEqualTo("0bbbbb");
                        said.add(message);
                    },
                    meters);

    private final class Shout implements RpcHandler<String, String> {
        @Override
        public RpcMethod<String, String> method() {
            return new RpcMethod<>("shout", String.class, String.class);
        }

        @Override
        public String handle(String request, long askedAt) {
            asked = askedAt;
            return does.apply(request);
        }
    }

    private static Envelope request(long id, String method, String text, long expires) {
        return Envelope.request("0bbbbb", id, 900, expires, method, RpcCodec.encode(text));
    }

    private Envelope reply() throws InterruptedException {
        Envelope message = said.poll(5, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        assertThat(message.kind()).isEqualTo(Envelope.Kind.RESULT);
        return message;
    }

    @Test
    void doesWhatItIsAskedAndSaysWhatCameOfIt() throws Exception {
        server.execute(request(7, "shout", "hello", 1_000));
        Envelope reply = reply();
        assertThat(reply.id()).isEqualTo(7);
        assertThat(reply.outcome()).isEqualTo(Envelope.Outcome.ANSWERED);
        assertThat(reply.body()).isEqualTo(RpcCodec.encode("hello!"));
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
        server.execute(request(7, "shout", "late", 999));
        await().until(() -> count("expired") == 1);
        server.execute(request(8, "shout", "in time", 1_000));
        assertThat(reply().id()).isEqualTo(8);
        assertThat(done).containsExactly("in time");
        assertThat(said).isEmpty();
    }

    @Test
    void whatItDoesNotKnowItRefuses() throws Exception {
        server.execute(request(7, "whisper", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.UNSUPPORTED);
        assertThat(count("refused")).isOne();
    }

    @Test
    void whatBreaksOffIsAnsweredAsSuch() throws Exception {
        does =
                _ -> {
                    throw new IllegalStateException("for the test");
                };
        server.execute(request(7, "shout", "hello", 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.FAULTY);
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
        server.execute(request(7, "shout", "hello", 1_000));
        server.reportProgress();
        assertThat(said).isEmpty(); // not yet worth a word
        await().until(
                        () -> {
                            server.reportProgress();
                            return !said.isEmpty();
                        });
        Envelope first = said.take();
        assertThat(first)
                .usingRecursiveComparison()
                .isEqualTo(Envelope.inProgress("1ccccc", new long[] {7}));
        said.clear();
        end.countDown();
        assertThat(reply().id()).isEqualTo(7);
        await().untilAsserted(
                        () -> {
                            said.clear();
                            server.reportProgress();
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
            server.execute(request(held, "shout", large, 1_000));
            held++;
        }
        assertThat(held).isBetween(50, 100);
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.BUSY);
        end.countDown();
        int others = held - 1;
        await().until(() -> count("done") == others);
        said.clear();
        server.execute(request(held, "shout", large, 1_000));
        assertThat(reply().outcome()).isEqualTo(Envelope.Outcome.ANSWERED);
    }

    private double count(String result) {
        return meters.get("switchboard.cluster.commands").tag("result", result).counter().count();
    }
}
