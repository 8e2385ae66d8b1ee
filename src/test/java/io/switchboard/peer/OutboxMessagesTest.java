package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.Peer.Traffic;
import java.nio.ByteBuffer;
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
        Told told = new Told();
        ByteBuffer bytes = ByteBuffer.wrap("abcdefg".getBytes(ISO_8859_1));
        Frames frames =
                new Frames(
                        bytes,
                        List.of(
                                new Frames.Share(2, 1, told),
                                new Frames.Share(0, 1, told),
                                new Frames.Share(5, 3, told, new int[] {1, 3, 5})));
        outbox.offer(frames, frames.view());
        assertThat(link.messages()).containsExactly("ab", "", "c", "de", "fg");
        assertThat(told.lines())
                .containsExactly(
                        "queued", "queued", "queued", "written 2", "written 0", "written 5");
        assertThat(outbox.sent()).isEqualTo(new Traffic(5, 7));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void whatTheKernelDoesNotTakeGoesWholeAndInOrderWhenItIsWritable() {
        Told told = new Told();
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
        assertThat(told.lines()).containsExactly("queued", "queued", "written 3", "written 3");
        assertThat(outbox.stalledNanos(System.nanoTime() + 1)).isZero();
        assertThat(budget.held()).isZero();
    }

    @Test
    void longRunGoesOnWhenTheLoopComesBack() {
        link.kernel(FakeLink.FULL);
        for (int i = 0; i < 2_000; i++) {
            offer(i + ";", new Told());
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
        Told told = new Told();
        link.breakAfter(0);
        Frames frames = frames("", told);
        session.offer(frames, frames.view());
        assertThat(told.lines()).containsExactly("queued", "failed reset");
        assertThat(link.messages()).isEmpty();
    }

    private void offer(String text, Told told) {
        Frames frames = frames(text, told);
        outbox.offer(frames, frames.view());
    }
}
