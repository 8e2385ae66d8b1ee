package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.send.SendServlet.BoundedLines;
import jakarta.servlet.ServletRequestEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockServletContext;

class BodyTest {
    private final BodyBudget budget = HttpFixtures.budget(100_000);
    private final Body bodies = new Body(budget, HttpFixtures.properties(100_000));

    @Test
    void readsABodyAndKeepsItsMemoryUntilTheRequestEnds() throws IOException {
        MockHttpServletRequest request = request(new byte[30_000]);
        assertThat(bodies.read(request)).hasSize(30_000);
        assertThat(budget.used()).isEqualTo(30_000);
        end(request);
        assertThat(budget.used()).isZero();
    }

    @Test
    void reservesNoMoreThanTwiceWhatHasArrived() {
        // the client announces 90,000 bytes and sends 5,000
        MockHttpServletRequest request =
                new MockHttpServletRequest() {
                    @Override
                    public long getContentLengthLong() {
                        return 90_000;
                    }
                };
        request.setContent(new byte[5_000]);
        assertThatThrownBy(() -> bodies.read(request))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem ->
                                assertThat(problem.getBody().getDetail())
                                        .isEqualTo("the body ended after 5000 of 90000 bytes"));
        assertThat(budget.used()).isBetween(5_000L, 10_000L);
        end(request);
        assertThat(budget.used()).isZero();
    }

    @Test
    void refusesABodyForWhichTheBudgetHasTooLittleLeft() {
        budget.reserve(80_000);
        MockHttpServletRequest request = request(new byte[30_000]);
        assertThatThrownBy(() -> bodies.read(request))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode().value()).isEqualTo(429);
                            assertThat(problem.reason()).isEqualTo("body_budget");
                            assertThat(problem.getHeaders().getFirst("Retry-After")).isEqualTo("1");
                        });
        end(request);
        assertThat(budget.used()).isEqualTo(80_000);
    }

    @Test
    void aLineForWhichTheBudgetHasTooLittleLeftIsRefusedAndTheNextIsRead() throws IOException {
        budget.reserve(90_000);
        byte[] text = ("a\n" + "b".repeat(60_000) + "\n" + "c".repeat(4_000)).getBytes(UTF_8);
        List<String> lines = new ArrayList<>();
        try (RequestBudget.Reservation reservation = budget.reservation()) {
            BoundedLines reader =
                    new BoundedLines(
                            new ByteArrayInputStream(text),
                            65_000,
                            reservation,
                            new CostlyTurns.Reading());
            for (BoundedLines.Line line = reader.next(); line != null; line = reader.next()) {
                lines.add(line.length() + " " + line.bytes().length + " " + line.refused());
                assertThat(budget.used()).isBetween(90_000L, 100_000L);
            }
        }
        assertThat(lines).containsExactly("1 1 false", "60000 0 true", "4000 4000 false");
        assertThat(budget.used()).isEqualTo(90_000);
    }

    @Test
    void aSmallBodyIsReadWhileTheBudgetIsFull() throws IOException {
        budget.reserve(100_000);
        assertThat(bodies.read(request(new byte[4_096]))).hasSize(4_096);
        assertThat(budget.used()).isEqualTo(100_000);
        assertThatThrownBy(() -> bodies.read(request(new byte[4_097])))
                .isInstanceOf(ApiProblem.class);
    }

    @Test
    void aLargeBodyIsReadInTurns() throws Exception {
        byte[] body = new byte[CostlyTurns.LARGE_BYTES];
        HeldTurns.assertTakesATurn(() -> assertThat(read(body)).isEqualTo(body));
    }

    @Test
    void aSmallBodyWaitsForNoTurn() throws Exception {
        try (HeldTurns _ = new HeldTurns()) {
            byte[] body = new byte[CostlyTurns.LARGE_BYTES - 1];
            assertThat(read(body)).isEqualTo(body);
        }
    }

    @Test
    void manyShortLinesAreReadInTurns() throws Exception {
        HeldTurns.assertTakesATurn(() -> readLines(16));
        try (HeldTurns _ = new HeldTurns()) {
            readLines(15);
        }
    }

    private byte[] read(byte[] body) {
        try {
            return bodies.read(request(body));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readLines(int count) {
        try (CostlyTurns.Reading turns = new CostlyTurns.Reading();
                RequestBudget.Reservation reservation = budget.reservation()) {
            InputStream in = new ByteArrayInputStream("a\n".repeat(count).getBytes(UTF_8));
            BoundedLines lines = new BoundedLines(in, 1_000, reservation, turns);
            for (int line = 0; line < count; line++) {
                assertThat(lines.next()).isNotNull();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void end(MockHttpServletRequest request) {
        budget.requestDestroyed(new ServletRequestEvent(new MockServletContext(), request));
    }

    private static MockHttpServletRequest request(byte[] body) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setContent(body);
        return request;
    }
}
