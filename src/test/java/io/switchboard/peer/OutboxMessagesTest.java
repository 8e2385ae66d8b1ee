package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An outbox in front of a socket of which each write is a message. */
class OutboxMessagesTest {
    private final FakeLink link = new FakeLink().keepMessages();
    private final OutboxBudget budget = new OutboxBudget(1_000_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final Outbox outbox = new Outbox(session, link, limits(1_000_000, 5_000), budget);

    @Test
    void framesOfOneOfferAreMessagesOfTheirOwn() {
        List<String> told = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap("abcdefg".getBytes(ISO_8859_1));
        Frames frames =
                new Frames(
                        bytes,
                        List.of(
                                new Frames.Share(2, 1, new Told(told)),
                                new Frames.Share(0, 1, new Told(told)),
                                new Frames.Share(5, 3, new Told(told), new int[] {1, 3, 5})));
        outbox.offer(frames, frames.view());
        assertThat(link.messages()).containsExactly("ab", "", "c", "de", "fg");
        assertThat(told)
                .containsExactly(
                        "queued", "queued", "queued", "written 2", "written 0", "written 5");
        assertThat(outbox.sent()).isEqualTo(new Traffic(5, 7));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void whatTheKernelDoesNotTakeGoesWholeAndInOrderWhenItIsWritable() {
        List<String> told = new ArrayList<>();
        link.kernel(FakeLink.FULL);
        offer("one", told);
        offer("two", told);
        assertThat(link.messages()).isEmpty();
        assertThat(link.wishes().drainPermits()).isEqualTo(1);
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 6));
        assertThat(outbox.stalledNanos(System.nanoTime() + 1)).isPositive();

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.messages()).containsExactly("one", "two");
        assertThat(told).containsExactly("queued", "queued", "written 3", "written 3");
        assertThat(outbox.stalledNanos(System.nanoTime() + 1)).isZero();
        assertThat(budget.held()).isZero();
    }

    @Test
    void longRunGoesOnWhenTheLoopComesBack() {
        link.kernel(FakeLink.FULL);
        for (int i = 0; i < 2_000; i++) {
            offer(i + ";", new ArrayList<>());
        }
        link.kernel(FakeLink.TAKES_ALL);
        link.wishes().drainPermits();
        outbox.writable();
        assertThat(link.messages()).hasSizeBetween(1_000, 1_999);
        assertThat(link.wishes().drainPermits()).isEqualTo(1);
        outbox.writable();
        assertThat(link.messages()).hasSize(2_000).startsWith("0;", "1;").endsWith("1999;");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void emptyMessageThatFailsIsNotTakenForWritten() {
        List<String> told = new ArrayList<>();
        link.breakAfter(0);
        Frames frames = frames("", new Told(told));
        session.offer(frames, frames.view());
        assertThat(told).containsExactly("queued", "failed reset");
        assertThat(link.messages()).isEmpty();
    }

    private void offer(String text, List<String> told) {
        Frames frames = frames(text, new Told(told));
        outbox.offer(frames, frames.view());
    }

    private record Told(List<String> lines) implements Receipt {
        @Override
        public void refused(PeerSession peer, Refusal refusal) {
            lines.add("refused " + refusal.word());
        }

        @Override
        public void queued(PeerSession peer) {
            lines.add("queued");
        }

        @Override
        public void written(PeerSession peer, int bytes) {
            lines.add("written " + bytes);
        }

        @Override
        public void failed(PeerSession peer, CloseReason reason) {
            lines.add("failed " + reason.word());
        }
    }
}
