package io.switchboard.http;

import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** Creates objects of this package. */
final class HttpFixtures {
    static final BodyBudget BUDGET = budget(64 * 1024 * 1024);
    static final Body BODY = new Body(BUDGET, properties(64 * 1024 * 1024));

    private HttpFixtures() {}

    static BodyBudget budget(int bodiesMax) {
        return new BodyBudget(properties(bodiesMax));
    }

    static AnswerBudget answers(int answersMax) {
        return new AnswerBudget(
                new HttpProperties(
                        null, DataSize.ofBytes(answersMax), Duration.ofSeconds(60), null));
    }

    static HttpProperties properties(int bodiesMax) {
        return new HttpProperties(DataSize.ofBytes(bodiesMax), null, Duration.ofSeconds(60), null);
    }
}
