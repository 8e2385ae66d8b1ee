package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.ThreadTask;
import io.switchboard.receive.RequestReply.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.messaging.support.MessageBuilder;

class MessageReceiverTest {
    private final PeerRegistry registry = PeerFixtures.registry();

    /** What the sink and an observer of the registry are told, one entry for each call. */
    private final List<String> published = new CopyOnWriteArrayList<>();

    private final MessageReceiver receiver =
            new MessageReceiver(
                    new Identifier(registry), ReceiveFixtures.BUDGET, List.of(new Recorder()));
    private final PeerSession session =
            registry.open(PeerFixtures.listener("default", naming()), new FakeLink());
    private final MessageBatch batch = new MessageBatch(session, 4);

    private final class Recorder implements MessageSink {
        @Override
        public void message(PeerSession peer, InboundMessage message) {
            throw new AssertionError("the messages of a batch arrive together");
        }

        @Override
        public void messages(PeerSession peer, List<InboundMessage> messages) {
            assertThat(peer).isSameAs(session);
            published.add(String.join(" ", texts(messages)));
        }
    }

    private static Identification naming() {
        return new Identification(
                LinearPattern.of("^id=(?<name>\\w+)"),
                false,
                new byte[0],
                Duration.ZERO,
                Map.of(),
                OnDuplicate.ALLOW_BOTH,
                List.of());
    }

    private static List<String> texts(List<InboundMessage> messages) {
        return messages.stream().map(each -> new String(each.payload(), UTF_8)).toList();
    }

    private List<String> history() throws InterruptedException {
        return texts(
                History.of(session, ReceiveFixtures.BUDGET).read(0, 1_000, Duration.ZERO).items());
    }

    private Message<byte[]> frame(String text) {
        MessageHeaders headers = new MessageHeaders(Map.of(MessageReceiver.PEER, session));
        return new ReceivedFrame(bytes(text), headers, batch);
    }

    private void receive(String... texts) {
        for (String text : texts) {
            receiver.send(frame(text));
        }
    }

    @Test
    void publishesTheMessagesOfABatchTogetherInTheirOrder() throws Exception {
        receive("a", "b", "c");
        assertThat(published).isEmpty();
        assertThat(history()).containsExactly("a", "b", "c");
        batch.publish();
        receive("d");
        batch.publish();
        batch.publish();
        assertThat(published).containsExactly("a b c", "d");
    }

    @Test
    void aLongPollEndsWhenTheBatchIsPublished() throws Exception {
        receive("a");
        History history = History.of(session, ReceiveFixtures.BUDGET);
        ThreadTask<List<String>> reader =
                ThreadTask.call(() -> texts(history.read(1, 9, Duration.ofMinutes(1)).items()));
        await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
        receive("b");
        batch.publish();
        assertThat(reader.result()).containsExactly("b");
    }

    @Test
    void publishesWhatCameBeforeTheNameOfThePeer() {
        registry.observe(
                new PeerObserver() {
                    @Override
                    public void identified(PeerSession named) {
                        published.add("named " + named.name());
                    }
                });
        receive("a", "b", "id=plc1", "c");
        batch.publish();
        assertThat(published).containsExactly("a b", "named plc1", "id=plc1 c");
    }

    /** Whoever has the reply finds the messages before it, and the reply is no other message. */
    @Test
    void publishesWhatCameBeforeAReply() throws Exception {
        PendingRequests pending = PendingRequests.of(session);
        List<String> sent = new CopyOnWriteArrayList<>();
        ThreadTask<List<String>> caller =
                ThreadTask.call(
                        () -> {
                            List<String> result = new ArrayList<>();
                            Caller waiting = new Caller(Duration.ofMinutes(1));
                            waiting.add(
                                    pending,
                                    PendingRequests.IN_ORDER,
                                    () -> true,
                                    () -> sent.add("?"),
                                    reply -> result.add(text(reply)));
                            waiting.await();
                            result.addAll(history());
                            result.addAll(published);
                            return result;
                        });
        await().until(() -> sent.size() == 1);
        History history = History.of(session, ReceiveFixtures.BUDGET);
        batch.add(history.append(bytes("a"), 0, false), List.of(new Recorder()));
        receive("reply");
        assertThat(caller.result()).containsExactly("reply", "a", "reply", "a");
        batch.publish();
        assertThat(published).containsExactly("a");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(Reply reply) {
        return reply instanceof Reply.Received(byte[] payload, boolean _)
                ? new String(payload, UTF_8)
                : "none";
    }

    /** A component of Spring Integration may pass a copy of the message on. */
    @Test
    void publishesAMessageWithoutABatchAtOnce() throws Exception {
        receiver.send(MessageBuilder.fromMessage(frame("a")).setHeader("more", 1).build());
        assertThat(published).containsExactly("a");
        receiver.send(
                new GenericMessage<>(
                        bytes("b"),
                        Map.of(MessageReceiver.PEER, session, MessageReceiver.INCOMPLETE, true)));
        assertThat(published).containsExactly("a", "b");
        assertThat(history()).containsExactly("a", "b");
    }
}
