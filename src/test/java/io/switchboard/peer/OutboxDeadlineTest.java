package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerSnapshot.Traffic;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Messages whose write must not begin after a deadline. */
class OutboxDeadlineTest {
    private final FakeLink link = new FakeLink();
    private final OutboxBudget budget = PeerFixtures.budget(1_000_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final Outbox outbox = new Outbox(session, link, limits(1_000_000, 1_000), budget);

    /** A message whose deadline passes when the test says so. */
    private static final class Timed implements DeliveryCallback {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private volatile boolean overdue;

        @Override
        public boolean hasDeadline() {
            return true;
        }

        @Override
        public boolean mayBegin() {
            return !overdue;
        }

        @Override
        public void refused(PeerSession peer, RejectReason reason) {
            lines.add("refused");
        }

        @Override
        public void queued(PeerSession peer) {
            lines.add("queued");
        }

        @Override
        public void written(PeerSession peer, int bytes) {
            lines.add("written");
        }

        @Override
        public void failed(PeerSession peer, CloseReason reason) {
            lines.add("failed");
        }

        @Override
        public void expired(PeerSession peer) {
            lines.add("expired");
        }
    }

    private Timed offer(String text) {
        Timed timed = new Timed();
        EncodedFrames frames = frames(text, timed);
        outbox.offer(frames, frames.view());
        return timed;
    }

    private void offerUntimed(String text) {
        EncodedFrames frames = frames(text, DeliveryCallback.NONE);
        outbox.offer(frames, frames.view());
    }

    @Test
    void doesNotWriteWhatIsOverdueWhenTheSocketIsWritableAgain() {
        link.kernel(FakeLink.FULL);
        offerUntimed("live\n");
        Timed first = offer("first\n");
        Timed second = offer("second\n");
        Timed third = offer("third\n");
        first.overdue = true;
        third.overdue = true;
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("live\nsecond\n");
        assertThat(first.lines).containsExactly("queued", "expired");
        assertThat(second.lines).containsExactly("queued", "written");
        assertThat(third.lines).containsExactly("queued", "expired");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.sent()).isEqualTo(new Traffic(2, 12));
        assertThat(budget.used()).isZero();
    }

    @Test
    void completesAMessageWhoseWriteHasBegun() {
        link.kernel(FakeLink.takes(2, 0));
        Timed begun = offer("begun\n");
        Timed waits = offer("waits\n");
        begun.overdue = true;
        waits.overdue = true;
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("begun\n");
        assertThat(begun.lines).containsExactly("queued", "written");
        assertThat(waits.lines).containsExactly("queued", "expired");
    }

    /** A whole message that TLS has encrypted must follow, or the stream breaks off. */
    @Test
    void completesAMessageThatCanNoLongerBeWithdrawn() {
        link.kernel(FakeLink.FULL);
        link.ahead(3);
        Timed encrypted = offer("encrypted\n");
        Timed waits = offer("waits\n");
        encrypted.overdue = true;
        waits.overdue = true;
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("encrypted\n");
        assertThat(waits.lines).containsExactly("queued", "expired");
    }

    @Test
    void removesWhatIsOverdueWhileThePeerDoesNotRead() {
        link.kernel(FakeLink.takes(2, 0, 0, 0));
        Timed begun = offer("begun\n");
        Timed waits = offer("waits\n");
        begun.overdue = true;
        waits.overdue = true;
        outbox.removeExpired();
        assertThat(begun.lines).containsExactly("queued");
        assertThat(waits.lines).containsExactly("queued", "expired");
        assertThat(outbox.queued()).isEqualTo(new Traffic(1, 4));
    }

    /** Otherwise the peer would be closed as a slow consumer although it owes no read. */
    @Test
    void isNotStalledOnceNothingIsLeft() {
        for (boolean writable : List.of(true, false)) {
            link.kernel(FakeLink.FULL);
            Timed late = offer("late\n");
            assertThat(outbox.nanosUntilStalledFor(0, System.nanoTime() + 1)).isNotPositive();
            late.overdue = true;
            if (writable) {
                outbox.writable();
            } else {
                outbox.removeExpired();
            }
            assertThat(late.lines).containsExactly("queued", "expired");
            assertThat(outbox.nanosUntilStalledFor(0, System.nanoTime() + 1))
                    .isEqualTo(Long.MAX_VALUE);
        }
        link.kernel(FakeLink.TAKES_ALL);
        offerUntimed("next\n");
        assertThat(link.text()).isEqualTo("next\n");
        assertThat(budget.used()).isZero();
    }

    @Test
    void eachDatagramIsChecked() {
        link.preserveMessages();
        link.kernel(FakeLink.FULL);
        Timed first = offer("first");
        Timed second = offer("second");
        first.overdue = true;
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.messages()).containsExactly("second");
        assertThat(first.lines).containsExactly("queued", "expired");
        assertThat(second.lines).containsExactly("queued", "written");
    }

    @Test
    void manyMessagesWithoutDeadlineStayInOrder() {
        link.kernel(FakeLink.FULL);
        StringBuilder expected = new StringBuilder();
        for (int at = 0; at < 100; at++) {
            String text = at + "\n";
            if (at % 10 == 5) {
                offer(text).overdue = true;
            } else {
                offerUntimed(text);
                expected.append(text);
            }
        }
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo(expected.toString());
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
    }
}
