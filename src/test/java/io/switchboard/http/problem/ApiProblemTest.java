package io.switchboard.http.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.query.Rejection;
import org.junit.jupiter.api.Test;

class ApiProblemTest {

    @Test
    void quotesAnOrdinaryValueInFull() {
        String name = "x".repeat(500);
        assertThat(ApiProblem.of(Rejection.unknownPeer(name).refusal()).getBody().getDetail())
                .contains("'" + name + "'")
                .doesNotContain("...");
    }

    /** The end is kept because it states the remedy. */
    @Test
    void quotesOnlyTheBeginningAndTheEndOfALongValue() {
        assertThat(
                        ApiProblem.of(Rejection.unknownPeer("x".repeat(1 << 20)).refusal())
                                .getBody()
                                .getDetail())
                .startsWith("no peer 'xxx")
                .contains("x...x")
                .endsWith("lists those that are connected, by id and name")
                .hasSizeLessThanOrEqualTo(1_003);
    }

    @Test
    void neverSplitsASurrogatePair() {
        for (String before : new String[] {"", "a"}) {
            String detail = ApiProblem.bounded(before + "\ud83d\ude00".repeat(1_000));
            assertThat(detail.codePoints().filter(point -> point >= 0xd800 && point < 0xe000))
                    .isEmpty();
        }
        assertThat(ApiProblem.bounded("\ud83d\ude00".repeat(1_000) + "a").codePoints())
                .noneMatch(point -> point >= 0xd800 && point < 0xe000);
    }
}
