package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramesTest {
    private final OutboxBudget budget = new OutboxBudget(10);

    @Test
    void addsUpItsShares() {
        Frames frames =
                new Frames(
                        ByteBuffer.allocate(9),
                        List.of(
                                new Frames.Share(4, 2, Receipt.NONE),
                                new Frames.Share(5, 1, Receipt.NONE)));
        assertThat(frames.size()).isEqualTo(9);
        assertThat(frames.messages()).isEqualTo(3);
    }

    @Test
    void everyViewHasAPositionOfItsOwn() {
        Frames frames = frames("hello\n");
        ByteBuffer one = frames.view();
        one.position(4);
        assertThat(frames.view().remaining()).isEqualTo(6);
    }

    @Test
    void slicesAreCountedFromItsOwnFirstByte() {
        ByteBuffer bytes = ByteBuffer.wrap("..hello\n".getBytes(ISO_8859_1)).position(2);
        Frames frames = new Frames(bytes, List.of(new Frames.Share(6, 1, Receipt.NONE)));
        assertThat(ISO_8859_1.decode(frames.slice(1, 3)).toString()).isEqualTo("ell");
        assertThat(frames.view().remaining()).isEqualTo(6);
    }

    @Test
    void sharedBytesAreChargedOnce() {
        Frames frames = frames("hello\n");
        assertThat(frames.hold(budget)).isTrue();
        assertThat(frames.hold(budget)).isTrue();
        assertThat(frames.holdAnyway(budget)).isTrue();
        assertThat(budget.held()).isEqualTo(6);
    }

    @Test
    void theLastHolderGivesThemBack() {
        Frames frames = frames("hello\n");
        frames.hold(budget);
        frames.hold(budget);
        frames.release(budget);
        assertThat(budget.held()).isEqualTo(6);
        frames.release(budget);
        assertThat(budget.held()).isZero();
        assertThat(frames.hold(budget)).as("and may be held again").isTrue();
        assertThat(budget.held()).isEqualTo(6);
    }

    /** Whoever comes later costs nothing, and so is not refused. */
    @Test
    void onlyTheFirstHolderIsRefusedWhenTheBudgetIsSpent() {
        Frames held = frames("0123456789\n");
        Frames other = frames("x\n");
        assertThat(held.hold(budget)).isTrue();
        assertThat(other.hold(budget)).isFalse();
        assertThat(held.hold(budget)).isTrue();
        assertThat(budget.held()).isEqualTo(11);
        assertThat(other.holdAnyway(budget)).isTrue();
        assertThat(budget.held()).isEqualTo(13);
    }

    /** Race: outboxes of many peers take and give back a slice of the same bytes. */
    @Test
    void manyThreadsHoldingAndReleasingChargeNothingInTheEnd() throws Exception {
        Frames frames = frames("hello\n");
        OutboxBudget roomy = new OutboxBudget(1_000);
        List<Elsewhere<Boolean>> holders = new ArrayList<>();
        for (int holder = 0; holder < 4; holder++) {
            holders.add(
                    Elsewhere.run(
                            () -> {
                                for (int turn = 0; turn < 20_000; turn++) {
                                    assertThat(frames.hold(roomy)).isTrue();
                                    frames.release(roomy);
                                }
                            }));
        }
        for (Elsewhere<Boolean> holder : holders) {
            holder.result();
        }
        assertThat(roomy.held()).isZero();
    }

    private static Frames frames(String text) {
        return PeerFixtures.frames(text, Receipt.NONE);
    }
}
