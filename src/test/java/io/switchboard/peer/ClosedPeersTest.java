package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerSnapshot.PeerState;
import java.util.AbstractList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClosedPeersTest {
    private static final Reach OF_A = new Reach(Set.of(), Set.of("a"));

    private final ClosedPeers closed = new ClosedPeers(4);
    private final PeerSnapshot any =
            PeerFixtures.registry().open(PeerFixtures.listener("one"), new FakeLink()).snapshot();

    private PeerSnapshot peer(int seq, String name, List<String> groups) {
        return new PeerSnapshot(
                PeerId.parse("0bbbbb-" + seq).orElseThrow(),
                name,
                groups,
                any.transport(),
                any.family(),
                any.type(),
                any.direction(),
                any.listener(),
                any.framing(),
                any.peername(),
                any.sockname(),
                any.proxy(),
                any.tls(),
                PeerState.CLOSED,
                CloseReason.KICKED,
                null,
                any.connectedAt(),
                null,
                null,
                null,
                any.received(),
                any.sent(),
                any.queued(),
                0,
                null,
                null);
    }

    private void add(int seq, String name, String... groups) {
        closed.add(peer(seq, name, List.of(groups)));
    }

    private long found(Reach reach) {
        return closed.find("n", reach).map(each -> each.id().seq()).orElse(0L);
    }

    @Test
    void findsTheLastOneInReachWithTheName() {
        add(1, "n", "a");
        add(2, "n", "b");
        add(3, "n", "a");
        assertThat(found(Reach.ALL)).isEqualTo(3);
        assertThat(found(OF_A)).isEqualTo(3);
        add(4, "n", "b");
        assertThat(found(Reach.ALL)).isEqualTo(4);
        assertThat(found(OF_A)).isEqualTo(3);
        assertThat(found(new Reach(Set.of("other"), Set.of()))).isZero();
        add(5, "m"); // and the first is forgotten
        assertThat(found(OF_A)).isEqualTo(3);
        add(6, "m");
        add(7, "m");
        assertThat(found(OF_A)).isZero();
        assertThat(found(Reach.ALL)).isEqualTo(4);
        add(8, "m");
        assertThat(found(Reach.ALL)).isZero();
        assertThat(closed.all())
                .extracting(each -> each.id().seq())
                .containsExactly(5L, 6L, 7L, 8L);
    }

    /** Otherwise the time of an answer would tell that a name out of reach exists. */
    @Test
    void aLookUpDoesNotWalkThePeersThatAreOutOfReach() {
        AtomicInteger examined = new AtomicInteger();
        ClosedPeers many = new ClosedPeers(1_000);
        for (int seq = 1; seq <= 1_000; seq++) {
            many.add(peer(seq, "n", new CountedGroups(examined)));
        }
        examined.set(0);
        assertThat(many.find("n", OF_A)).isEmpty();
        assertThat(examined).hasValueBetween(1, 4);
    }

    /** The group {@code b}; counts how often it is read. */
    private static final class CountedGroups extends AbstractList<String> {
        private final AtomicInteger reads;

        CountedGroups(AtomicInteger reads) {
            this.reads = reads;
        }

        @Override
        public String get(int index) {
            reads.incrementAndGet();
            return "b";
        }

        @Override
        public int size() {
            return 1;
        }
    }
}
