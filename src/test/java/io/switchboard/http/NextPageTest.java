package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NextPageTest {
    @ParameterizedTest
    @CsvSource({
        ", a1, ?after=a1",
        "'', a1, ?after=a1",
        "after=a0, a1, ?after=a1",
        "limit=2&after=a0&group=x%20y, a1, ?limit=2&group=x%20y&after=a1",
        "q=after=, 'a&b', ?q=after=&after=a%26b"
    })
    void keepsTheQueryAndReplacesAfter(String query, String next, String link) {
        assertThat(NextPage.link(query, next)).isEqualTo("<" + link + ">; rel=\"next\"");
    }
}
