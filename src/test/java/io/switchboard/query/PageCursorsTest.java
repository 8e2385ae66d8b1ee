package io.switchboard.query;

import static io.switchboard.query.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerId;
import io.switchboard.query.PeerSort.PageCursors;
import io.switchboard.query.PeerSort.SortPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageCursorsTest {
    private static final SortPosition POSITION = new SortPosition(1_234, new PeerId(77_000, 9));

    private final PageCursors cursors = new PageCursors(PeerSort.parse("-idle"), "4kdtwq");

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 1_700_000_000_000L, Long.MIN_VALUE + 1, Long.MAX_VALUE})
    void decodesThePositionThatWasEncoded(long rank) {
        PeerId last = PeerId.parse("9zzzzz-999999999999999999").orElseThrow();
        SortPosition position = new SortPosition(rank, last);
        assertThat(cursors.decode(cursors.encode(position))).isEqualTo(position);
    }

    @Test
    void aCursorNeedsNoPercentEncodingInAQuery() {
        for (int seq = 1; seq <= 1_000; seq++) {
            assertThat(cursors.encode(new SortPosition(-seq, new PeerId(seq, seq))))
                    .matches("[0-9A-Za-z_-]{32}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "4kdtwq-9", "%%", "ä", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void refusesATextThatIsNotACursor(String text) {
        assertRefused(
                () -> cursors.decode(text),
                Rejection.Reason.BAD_REQUEST,
                "after='" + text + "'",
                "next");
    }

    /** Somebody who knows the checksum can make such a cursor. */
    @ParameterizedTest
    @CsvSource({"-1,5", "-2147483648,5", "2147483647,5", "77000,0", "77000,-5"})
    void refusesACursorOfAnIdThatNoPeerCanHave(int boot, long seq) {
        String cursor = cursors.encode(new SortPosition(-1, new PeerId(boot, seq)));
        assertRefused(() -> cursors.decode(cursor), Rejection.Reason.BAD_REQUEST, cursor);
    }

    @Test
    void refusesACursorThatIsTruncatedOrTooLong() {
        String cursor = cursors.encode(POSITION);
        for (int end = 0; end < cursor.length(); end++) {
            String truncated = cursor.substring(0, end);
            assertRefused(() -> cursors.decode(truncated), Rejection.Reason.BAD_REQUEST, truncated);
        }
        assertRefused(() -> cursors.decode(cursor + cursor), Rejection.Reason.BAD_REQUEST, cursor);
    }

    @Test
    void refusesACursorWithOneCharacterChanged() {
        String cursor = cursors.encode(POSITION);
        for (int at = 0; at < cursor.length(); at++) {
            char other = cursor.charAt(at) == 'A' ? 'B' : 'A';
            String changed = cursor.substring(0, at) + other + cursor.substring(at + 1);
            assertRefused(() -> cursors.decode(changed), Rejection.Reason.BAD_REQUEST, changed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "connectedAt", "-rtt"})
    void refusesACursorOfAnotherSortAndNamesItsOwn(String other) {
        String cursor = new PageCursors(PeerSort.parse(other), "4kdtwq").encode(POSITION);
        assertRefused(
                () -> cursors.decode(cursor),
                Rejection.Reason.BAD_REQUEST,
                "sort=-idle",
                "same sort");
    }

    @Test
    void refusesACursorOfAnotherRun() {
        String cursor = new PageCursors(PeerSort.parse("-idle"), "4kdtwr").encode(POSITION);
        assertRefused(() -> cursors.decode(cursor), Rejection.Reason.BAD_REQUEST, "restart");
    }
}
