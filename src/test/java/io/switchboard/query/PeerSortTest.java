package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.PeerSort.SortKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerSortTest {

    @ParameterizedTest
    @CsvSource({
        "connectedAt, CONNECTED_AT",
        "lastReceivedAt, LAST_RECEIVED_AT",
        "lastSentAt, LAST_SENT_AT",
        "receivedBytes, RECEIVED_BYTES",
        "sentBytes, SENT_BYTES",
        "queuedBytes, QUEUED_BYTES",
        "idle, IDLE"
    })
    void parsesTheOrdersByTheServicesValuesInBothDirections(String word, SortKey key) {
        assertThat(PeerSort.parse(word)).isEqualTo(new PeerSort(key, false));
        assertThat(PeerSort.parse("-" + word)).isEqualTo(new PeerSort(key, true));
    }

    @ParameterizedTest
    @CsvSource({"rtt, RTT", "unackedBytes, UNACKED_BYTES", "retransmits, RETRANSMITS"})
    void parsesTheOrdersByTheKernelsValuesInBothDirections(String word, SortKey key) {
        assertThat(PeerSort.parse(word)).isEqualTo(new PeerSort(key, false));
        assertThat(PeerSort.parse("-" + word)).isEqualTo(new PeerSort(key, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"age", "", "-", "--idle", "Idle", "idle ", "IDLE"})
    void refusesAnUnknownWordAndListsTheKnownOnes(String word) {
        assertThatThrownBy(() -> PeerSort.parse(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "connectedAt, lastReceivedAt, lastSentAt, receivedBytes, sentBytes, queuedBytes,"
                                + " idle, rtt, unackedBytes, retransmits",
                        "with - for the largest first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "-idle", "rtt", "-rtt"})
    void returnsTheWordItWasParsedFrom(String word) {
        assertThat(PeerSort.parse(word).word()).isEqualTo(word);
    }

    @Test
    void ranksTheSmallestValueFirstAndWithAMinusTheLargest() {
        assertThat(PeerSort.parse("idle").rank(-7)).isLessThan(PeerSort.parse("idle").rank(3));
        assertThat(PeerSort.parse("-idle").rank(-7)).isGreaterThan(PeerSort.parse("-idle").rank(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lastSentAt", "-lastSentAt"})
    void ranksPeersWithoutAValueLastInEitherDirection(String word) {
        PeerSort sort = PeerSort.parse(word);
        assertThat(sort.rank(SortKey.NONE)).isGreaterThan(sort.rank(Long.MAX_VALUE - 1));
        assertThat(sort.rank(SortKey.NONE)).isGreaterThan(sort.rank(-Long.MAX_VALUE + 1));
    }

    @Test
    void readsEachValueOfTheKernel() {
        InetSocketAddress end = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        TcpSocketInfo info =
                new TcpSocketInfo(
                        end, end, "ESTAB", 1, 700, 200, 4, 5, 6, 1_500, 8, 9, 10, 11, 12, 13, 14);
        PeerSession peer =
                PeerFixtures.registry().open(PeerFixtures.listener("one"), new FakeLink());
        assertThat(SortKey.RTT.value(peer.view(), info)).isEqualTo(1_500);
        assertThat(SortKey.UNACKED_BYTES.value(peer.view(), info)).isEqualTo(500);
        assertThat(SortKey.RETRANSMITS.value(peer.view(), info)).isEqualTo(6);
        for (SortKey key : SortKey.values()) {
            if (key.fromKernel()) {
                assertThat(key.value(peer.view(), null)).isEqualTo(SortKey.NONE);
            }
        }
    }
}
