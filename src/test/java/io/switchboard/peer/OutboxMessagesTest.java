package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerSnapshot.Traffic;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An outbox whose socket sends each write as a separate message. */
class OutboxMessagesTest {
    private final FakeLink link = new FakeLink().preserveMessages();
    private final OutboxBudget budget = PeerFixtures.budget(1_000_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final Outbox outbox = new Outbox(session, link, limits(1_000_000, 5_000), budget);

    @Test
    void sendsEachFrameOfAnOfferAsASeparateMessage() {
        RecordingCallback callback = new RecordingCallback();
        ByteBuffer bytes = ByteBuffer.wrap("abcdefg".getBytes(ISO_8859_1));
        EncodedFrames frames =
                new EncodedFrames(
                        bytes,
                        List.of(
                                new EncodedFrames.Share(2, 1, callback),
                                new EncodedFrames.Share(0, 1, callback),
                                new EncodedFrames.Share(
                                        5, 3, callback, new int[] {1, 3, 5}, false)));
        outbox.offer(frames, frames.view());
        assertThat(link.messages()).containsExactly("ab", "", "c", "de", "fg");
        assertThat(callback.lines())
                .containsExactly(
                        "queued", "queued", "queued", "written 2", "written 0", "written 5");
        assertThat(outbox.sent()).isEqualTo(new Traffic(5, 7));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.used()).isZero();
    }

    @Test
    void sendsRefusedFramesWholeAndInOrderWhenWritable() {
        RecordingCallback callback = new RecordingCallback();
        link.kernel(FakeLink.FULL);
        offer("one", callback);
        offer("two", callback);
        assertThat(link.messages()).isEmpty();
        assertThat(link.wakeRequests().drainPermits()).isEqualTo(1);
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 6));
        assertThat(outbox.nanosUntilStalledFor(0, System.nanoTime() + 1)).isNotPositive();

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.messages()).containsExactly("one", "two");
        assertThat(callback.lines()).containsExactly("queued", "queued", "written 3", "written 3");
        assertThat(outbox.nanosUntilStalledFor(0, System.nanoTime() + 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(budget.used()).isZero();
    }

    @Test
    void yieldsToTheEventLoopDuringALongQueue() {
        link.kernel(FakeLink.FULL);
        for (int i = 0; i < 2_000; i++) {
            offer(i + ";", new RecordingCallback());
        }
        link.kernel(FakeLink.TAKES_ALL);
        link.wakeRequests().drainPermits();
        outbox.writable();
        assertThat(link.messages()).hasSizeBetween(1_000, 1_999);
        assertThat(link.wakeRequests().drainPermits()).isEqualTo(1);
        outbox.writable();
        assertThat(link.messages()).hasSize(2_000).startsWith("0;", "1;").endsWith("1999;");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void anEmptyMessageThatFailsIsNotReportedAsWritten() {
        RecordingCallback callback = new RecordingCallback();
        link.breakAfter(0);
        EncodedFrames frames = frames("", callback);
        session.offer(frames, frames.view());
        assertThat(callback.lines()).containsExactly("queued", "failed reset");
        assertThat(link.messages()).isEmpty();
    }

    private void offer(String text, RecordingCallback callback) {
        EncodedFrames frames = frames(text, callback);
        outbox.offer(frames, frames.view());
    }
}
