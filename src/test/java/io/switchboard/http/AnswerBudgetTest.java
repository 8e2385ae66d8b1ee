package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.http.access.Client;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Reach;
import jakarta.servlet.ServletRequestEvent;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

class AnswerBudgetTest {
    private static final int LIMIT = 800_000;
    private static final int FOR_METRICS = LIMIT / 8;

    private final AnswerBudget budget = HttpFixtures.answers(LIMIT);
    private final MockHttpServletRequest request = new MockHttpServletRequest();

    @Test
    void aReservationEndsWithItsRequest() {
        budget.reserve(request, 10_000);
        assertThat(budget.used()).isEqualTo(10_000);
        end(request);
        assertThat(budget.used()).isZero();
        end(request);
        assertThat(budget.used()).isZero();
    }

    @Test
    void aSecondReservationOfARequestReplacesTheFirst() {
        budget.reserve(request, 10_000);
        budget.reserve(request, 30_000);
        assertThat(budget.used()).isEqualTo(30_000);
        budget.reserve(request, 20_000);
        assertThat(budget.used()).isEqualTo(20_000);
    }

    @Test
    void refusesALargeAnswerWhenFullAndNoSmallOne() {
        budget.reserve(request, LIMIT - FOR_METRICS);
        MockHttpServletRequest other = new MockHttpServletRequest();
        assertThatThrownBy(() -> budget.reserve(other, AnswerBudget.FREE_BYTES + 1))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.reason()).isEqualTo("answer_budget");
                            assertThat(problem.getHeaders().getFirst(HttpHeaders.RETRY_AFTER))
                                    .isEqualTo("1");
                        });
        budget.reserve(other, AnswerBudget.FREE_BYTES);
        assertThat(budget.used()).isEqualTo(LIMIT - FOR_METRICS);
    }

    @Test
    void keepsAPartForMetrics() {
        budget.reserve(request, LIMIT - FOR_METRICS);
        MockHttpServletRequest scrape = new MockHttpServletRequest();
        budget.reserveForMetrics(scrape, FOR_METRICS);
        assertThat(budget.used()).isEqualTo(LIMIT);
        assertThatThrownBy(() -> budget.reserveForMetrics(new MockHttpServletRequest(), 5_000))
                .isInstanceOf(ApiProblem.class);
        end(scrape);
        assertThat(budget.used()).isEqualTo(LIMIT - FOR_METRICS);
    }

    @Test
    void doesNotTellAClientOfSomePeersWhatOthersAskFor() {
        budget.reserve(request, 20_000);
        assertThat(budget.exhausted()).hasMessageContaining("have 20000 bytes");
        Client some = new Client("some", "some", Set.of(), new Reach(Set.of("one"), Set.of()));
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken(some, ""));
        try {
            assertThat(budget.exhausted())
                    .hasMessageContaining("answers-max is 800000")
                    .message()
                    .doesNotContain("20000");
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    private void end(MockHttpServletRequest ended) {
        budget.requestDestroyed(new ServletRequestEvent(new MockServletContext(), ended));
    }
}
