package io.switchboard.web;

import static io.switchboard.web.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class CursorsTest {
    private static final Place PLACE = new Place(1_234, new PeerId(77_000, 9));

    private final Cursors cursors = new Cursors(PeerSort.parse("-idle"), "4kdtwq");

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 1_700_000_000_000L, Long.MIN_VALUE + 1, Long.MAX_VALUE})
    void meansThePlaceItWasMadeOf(long rank) {
        Place place = new Place(rank, new PeerId(Integer.MAX_VALUE, 999_999_999_999_999_999L));
        assertThat(cursors.parse(cursors.print(place))).isEqualTo(place);
    }

    /** It goes into a query as it is. */
    @Test
    void needsNoPercentEncoding() {
        for (int seq = 1; seq <= 1_000; seq++) {
            assertThat(cursors.print(new Place(-seq, new PeerId(seq, seq))))
                    .matches("[0-9A-Za-z_-]{32}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "4kdtwq-9", "%%", "ä", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void refusesWhatItNeverGave(String text) {
        assertRefused(
                () -> cursors.parse(text), HttpStatus.BAD_REQUEST, "after='" + text + "'", "next");
    }

    @Test
    void refusesACursorThatIsCutShortOrLonger() {
        String cursor = cursors.print(PLACE);
        for (int end = 0; end < cursor.length(); end++) {
            String cut = cursor.substring(0, end);
            assertRefused(() -> cursors.parse(cut), HttpStatus.BAD_REQUEST, cut);
        }
        assertRefused(() -> cursors.parse(cursor + cursor), HttpStatus.BAD_REQUEST, cursor);
    }

    @Test
    void refusesACursorWithOneCharacterChanged() {
        String cursor = cursors.print(PLACE);
        for (int at = 0; at < cursor.length(); at++) {
            char other = cursor.charAt(at) == 'A' ? 'B' : 'A';
            String changed = cursor.substring(0, at) + other + cursor.substring(at + 1);
            assertRefused(() -> cursors.parse(changed), HttpStatus.BAD_REQUEST, changed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "connectedAt", "-rtt"})
    void refusesACursorOfAnotherSortAndSaysWhichItTakes(String other) {
        String cursor = new Cursors(PeerSort.parse(other), "4kdtwq").print(PLACE);
        assertRefused(
                () -> cursors.parse(cursor), HttpStatus.BAD_REQUEST, "sort=-idle", "same sort");
    }

    @Test
    void refusesACursorOfAnotherRun() {
        String cursor = new Cursors(PeerSort.parse("-idle"), "4kdtwr").print(PLACE);
        assertRefused(() -> cursors.parse(cursor), HttpStatus.BAD_REQUEST, "restart");
    }
}
