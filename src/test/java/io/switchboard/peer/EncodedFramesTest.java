package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedFramesTest {
    private final OutboxBudget budget = PeerFixtures.budget(1_000);

    @Test
    void addsUpItsShares() {
        EncodedFrames frames =
                new EncodedFrames(
                        ByteBuffer.allocate(9),
                        List.of(
                                new EncodedFrames.Share(4, 2, DeliveryCallback.NONE),
                                new EncodedFrames.Share(5, 1, DeliveryCallback.NONE)));
        assertThat(frames.size()).isEqualTo(9);
        assertThat(frames.messages()).isEqualTo(3);
    }

    @Test
    void everyViewHasItsOwnPosition() {
        EncodedFrames frames = frames("hello\n");
        ByteBuffer one = frames.view();
        one.position(4);
        assertThat(frames.view().remaining()).isEqualTo(6);
    }

    @Test
    void sliceOffsetsStartAtTheFirstByteOfTheFrames() {
        ByteBuffer bytes = ByteBuffer.wrap("..hello\n".getBytes(ISO_8859_1)).position(2);
        EncodedFrames frames =
                new EncodedFrames(
                        bytes, List.of(new EncodedFrames.Share(6, 1, DeliveryCallback.NONE)));
        assertThat(ISO_8859_1.decode(frames.slice(1, 3)).toString()).isEqualTo("ell");
        assertThat(frames.view().remaining()).isEqualTo(6);
    }

    @Test
    void sharedBytesAreChargedOnce() {
        EncodedFrames frames = frames("hello\n");
        assertThat(frames.retain(budget)).isTrue();
        assertThat(frames.retain(budget)).isTrue();
        assertThat(frames.forceRetain(budget)).isTrue();
        assertThat(budget.used()).isEqualTo(6 + 3 * EncodedFrames.ENTRY_BYTES);
    }

    @Test
    void theLastReleaseReturnsTheBytesToTheBudget() {
        EncodedFrames frames = frames("hello\n");
        frames.retain(budget);
        frames.retain(budget);
        frames.release(budget);
        assertThat(budget.used()).isEqualTo(6 + EncodedFrames.ENTRY_BYTES);
        frames.release(budget);
        assertThat(budget.used()).isZero();
        assertThat(frames.retain(budget)).as("can be retained again").isTrue();
        assertThat(budget.used()).isEqualTo(6 + EncodedFrames.ENTRY_BYTES);
    }

    /** Each reference has an entry in a queue, so that many references need memory as well. */
    @Test
    void furtherReferencesAreRefusedToo() {
        EncodedFrames held = frames("0123456789\n");
        OutboxBudget full = PeerFixtures.budget(11 + EncodedFrames.ENTRY_BYTES);
        assertThat(held.retain(full)).isTrue();
        assertThat(held.retain(full)).isFalse();
        assertThat(full.used()).isEqualTo(11 + EncodedFrames.ENTRY_BYTES);
        assertThat(held.forceRetain(full)).isTrue();
        assertThat(full.used()).isEqualTo(11 + 2 * EncodedFrames.ENTRY_BYTES);
    }

    /** Race: the outboxes of many peers retain and release the same bytes. */
    @Test
    void concurrentRetainAndReleaseLeaveNothingReserved() throws Exception {
        EncodedFrames frames = frames("hello\n");
        OutboxBudget roomy = PeerFixtures.budget(1_000);
        List<ThreadTask<Boolean>> references = new ArrayList<>();
        for (int holder = 0; holder < 4; holder++) {
            references.add(
                    ThreadTask.run(
                            () -> {
                                for (int turn = 0; turn < 20_000; turn++) {
                                    assertThat(frames.retain(roomy)).isTrue();
                                    frames.release(roomy);
                                }
                            }));
        }
        for (ThreadTask<Boolean> holder : references) {
            holder.result();
        }
        assertThat(roomy.used()).isZero();
    }

    private static EncodedFrames frames(String text) {
        return PeerFixtures.frames(text, DeliveryCallback.NONE);
    }
}
