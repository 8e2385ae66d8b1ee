package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.access.UsedTickets.Result;
import org.junit.jupiter.api.Test;

class UsedTicketsTest {
    private static final long KEPT = UsedTickets.KEPT.toNanos();

    private final UsedTickets used = new UsedTickets(1_000, 0);

    @Test
    void aNumberIsAddedOnce() {
        assertThat(used.add(7, 0)).isEqualTo(Result.ADDED);
        assertThat(used.add(7, 0)).isEqualTo(Result.USED);
        assertThat(used.add(8, 0)).isEqualTo(Result.ADDED);
    }

    @Test
    void noMoreNumbersAreKeptThanTheBound() {
        for (long number = 1; number <= 1_000; number++) {
            assertThat(used.add(number, 0)).isEqualTo(Result.ADDED);
        }
        assertThat(used.add(1_001, 0)).isEqualTo(Result.FULL);
        assertThat(used.add(1_001, 2 * KEPT - 1)).isEqualTo(Result.FULL);
        assertThat(used.add(1, 2 * KEPT - 1)).isEqualTo(Result.USED);
        assertThat(used.add(1_001, 4 * KEPT)).isEqualTo(Result.ADDED);
    }

    @Test
    void aNumberIsKeptAsLongAsATicketMayBeValid() {
        used.add(1, KEPT - 1);
        assertThat(used.add(2, KEPT)).isEqualTo(Result.ADDED);
        assertThat(used.add(1, 2 * KEPT - 2)).isEqualTo(Result.USED);
        assertThat(used.add(1, 2 * KEPT)).isEqualTo(Result.ADDED);
    }
}
