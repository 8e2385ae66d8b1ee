package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerSnapshot.PeerState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Deliveries that end the output, and a delivery that is held until the first write. */
class OutboxFinishTest {
    private final FakeLink link = new FakeLink();
    private final OutboxBudget budget = PeerFixtures.budget(1_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final Outbox outbox = new Outbox(session, link, limits(100, 10), budget);
    private final RecordingCallback last = new RecordingCallback();
    private final RecordingCallback later = new RecordingCallback();

    @Test
    void endsTheOutputAfterTheMessage() {
        assertThat(finish("bye\n")).isTrue();
        assertThat(link.outputEnds()).containsExactly("bye\n");
        assertThat(link.finished()).isZero();
        assertThat(last.lines()).isEmpty();
    }

    @Test
    void anEmptyMessageAlsoEndsTheOutput() {
        assertThat(finish("")).isTrue();
        assertThat(link.outputEnds()).containsExactly("");
    }

    @Test
    void refusesWhatFollowsTheEndOfTheOutput() {
        finish("bye\n");
        assertThat(offer("more\n")).isFalse();
        assertThat(later.lines()).containsExactly("refused finished");
        RecordingCallback again = new RecordingCallback();
        outbox.offer(finishing("bye\n", again), finishing("bye\n", again).view());
        assertThat(again.lines()).containsExactly("refused finished");
        assertThat(link.text()).isEqualTo("bye\n");
        assertThat(link.outputEnds()).hasSize(1);
    }

    @Test
    void endsTheOutputOnlyWhenEverythingIsWritten() {
        link.kernel(FakeLink.takes(2, 1));
        assertThat(finish("bye\n")).isFalse();
        assertThat(link.outputEnds()).isEmpty();
        assertThat(offer("more\n")).isFalse();
        assertThat(later.lines()).containsExactly("refused finished");
        outbox.writable();
        assertThat(link.outputEnds()).isEmpty();
        outbox.writable();
        assertThat(link.outputEnds()).containsExactly("bye\n");
        assertThat(last.lines()).containsExactly("queued", "written 4");
    }

    @Test
    void endsTheOutputBehindMessagesThatWait() {
        link.kernel(FakeLink.takes(1));
        offer("first\n");
        finish("bye\n");
        assertThat(link.outputEnds()).isEmpty();
        outbox.writable();
        assertThat(link.outputEnds()).containsExactly("first\nbye\n");
    }

    /** The race of an offer while another thread writes the last message. */
    @Test
    void refusesAnOfferDuringTheWriteOfTheLastMessage() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        ThreadTask<Boolean> finishing = ThreadTask.call(() -> finish("bye\n"));
        gate.awaitEntered();
        assertThat(offer("more\n")).isFalse();
        assertThat(later.lines()).containsExactly("refused finished");
        gate.open();
        assertThat(finishing.result()).isTrue();
        assertThat(link.outputEnds()).containsExactly("bye\n");
    }

    @Test
    void aMessageThatTheOutboxRefusesEndsNothing() {
        link.kernel(FakeLink.FULL);
        offer("x".repeat(100));
        finish("bye\n");
        assertThat(last.lines()).containsExactly("refused outbox_full");
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.outputEnds()).isEmpty();
        assertThat(offer("more\n")).isTrue();
    }

    @Test
    void aMessageForWhichThereIsNoMemoryEndsNothing() {
        budget.reserve(2_000);
        link.kernel(FakeLink.FULL);
        finish("bye\n");
        assertThat(last.lines()).containsExactly("refused memory_full");
        link.kernel(FakeLink.TAKES_ALL);
        assertThat(offer("more\n")).isTrue();
        assertThat(link.outputEnds()).isEmpty();
    }

    @Test
    void thereIsNoFarewellAfterTheEndOfTheOutput() {
        PeerSession open = registry().open(listener("default"), link);
        EncodedFrames bye = finishing("bye\n", last);
        open.offer(bye, bye.view());
        assertThat(open.state()).isEqualTo(PeerState.OPEN);
        open.close(
                CloseReason.KICKED, null, "farewell\n".getBytes(ISO_8859_1), Duration.ofSeconds(1));
        assertThat(link.text()).isEqualTo("bye\n");
        assertThat(open.state()).isEqualTo(PeerState.CLOSED);
        assertThat(link.finished()).isOne();
    }

    @Test
    void aCloseWhileTheLastMessageWaitsFailsIt() {
        link.kernel(FakeLink.FULL);
        finish("bye\n");
        outbox.close(CloseReason.RESET);
        assertThat(last.lines()).containsExactly("queued", "failed reset");
        assertThat(link.outputEnds()).isEmpty();
    }

    @Test
    void aConnectionThatBreaksAtTheEndOfTheOutputIsClosed() {
        PeerSession open = registry().open(listener("default"), link);
        link.kernel(
                offered -> {
                    link.abort();
                    return offered;
                });
        EncodedFrames bye = finishing("bye\n", last);
        open.offer(bye, bye.view());
        assertThat(open.state()).isEqualTo(PeerState.CLOSED);
        assertThat(open.closeReason()).contains(CloseReason.RESET);
    }

    @Test
    void aHeldMessageIsWrittenBeforeAllOthers() {
        outbox.hold(frames("login\n", last));
        assertThat(offer("hello\n")).isFalse();
        assertThat(link.text()).isEmpty();
        outbox.writable();
        assertThat(link.text()).isEqualTo("login\nhello\n");
        assertThat(last.lines()).containsExactly("queued", "written 6");
        assertThat(later.lines()).containsExactly("queued", "written 6");
        assertThat(offer("more\n")).isTrue();
    }

    private boolean offer(String text) {
        EncodedFrames frames = frames(text, later);
        return outbox.offer(frames, frames.view());
    }

    private boolean finish(String text) {
        EncodedFrames frames = finishing(text, last);
        return outbox.offer(frames, frames.view());
    }

    private static EncodedFrames finishing(String text, DeliveryCallback callback) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        return EncodedFrames.of(
                bytes, new EncodedFrames.Share(bytes.length, 1, callback, null, true));
    }
}
