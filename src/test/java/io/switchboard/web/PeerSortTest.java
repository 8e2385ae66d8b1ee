package io.switchboard.web;

import static io.switchboard.web.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.SocketFigures;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

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
    void takesWhatTheServiceKnowsInBothDirections(String word, OwnKey key) {
        assertThat(PeerSort.parse(word)).isEqualTo(new PeerSort(key, false));
        assertThat(PeerSort.parse("-" + word)).isEqualTo(new PeerSort(key, true));
    }

    @ParameterizedTest
    @CsvSource({"rtt, RTT", "unackedBytes, UNACKED_BYTES", "retransmits, RETRANSMITS"})
    void takesWhatTheKernelKnowsInBothDirections(String word, KernelKey key) {
        assertThat(PeerSort.parse(word)).isEqualTo(new PeerSort(key, false));
        assertThat(PeerSort.parse("-" + word)).isEqualTo(new PeerSort(key, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"age", "", "-", "--idle", "Idle", "idle ", "IDLE"})
    void refusesAnUnknownWordAndListsTheKnownOnes(String word) {
        assertRefused(
                () -> PeerSort.parse(word),
                HttpStatus.BAD_REQUEST,
                "sort='" + word + "'",
                "connectedAt, lastReceivedAt, lastSentAt, receivedBytes, sentBytes, queuedBytes,"
                        + " idle, rtt, unackedBytes, retransmits",
                "with - for the largest first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "-idle", "rtt", "-rtt"})
    void spellsItselfAsItWasAskedFor(String word) {
        assertThat(PeerSort.parse(word).word()).isEqualTo(word);
    }

    @Test
    void ranksTheSmallestFirstAndWithAMinusTheLargest() {
        assertThat(PeerSort.parse("idle").rank(-7)).isLessThan(PeerSort.parse("idle").rank(3));
        assertThat(PeerSort.parse("-idle").rank(-7)).isGreaterThan(PeerSort.parse("-idle").rank(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lastSentAt", "-lastSentAt"})
    void ranksWhatHasNoValueLastInEitherDirection(String word) {
        PeerSort sort = PeerSort.parse(word);
        assertThat(sort.rank(SortKey.NONE)).isGreaterThan(sort.rank(Long.MAX_VALUE - 1));
        assertThat(sort.rank(SortKey.NONE)).isGreaterThan(sort.rank(-Long.MAX_VALUE + 1));
    }

    @Test
    void readsEachFigureOfTheKernel() {
        InetSocketAddress end = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        SocketFigures figures =
                new SocketFigures(
                        end, end, "ESTAB", 1, 700, 200, 4, 5, 6, 1_500, 8, 9, 10, 11, 12, 13, 14);
        assertThat(KernelKey.RTT.of(figures)).isEqualTo(1_500);
        assertThat(KernelKey.UNACKED_BYTES.of(figures)).isEqualTo(500);
        assertThat(KernelKey.RETRANSMITS.of(figures)).isEqualTo(6);
        for (KernelKey key : KernelKey.values()) {
            assertThat(key.of(null)).isEqualTo(SortKey.NONE);
        }
    }
}
