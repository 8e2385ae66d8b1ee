package io.switchboard.http;

import io.switchboard.http.problem.ApiProblem;
import jakarta.servlet.ServletRequest;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the answers of all HTTP requests in progress, {@code http.answers-max}. An
 * answer of more than 4 KiB counts until its request has ended, that is until the client has read
 * it or Tomcat has given up writing.
 *
 * <p>An answer is counted before its first byte is written. Until then it waits for nothing, so
 * only as many answers are not counted yet as there are threads that run.
 */
@Component
public final class AnswerBudget extends RequestBudget {
    /** An operator needs the meters most while the budget is full. */
    private static final int PART_FOR_METRICS = 8;

    AnswerBudget(HttpProperties properties) {
        super(
                "http.answers",
                "Memory of the answers of all HTTP requests in progress",
                properties.answersMaxBytes());
    }

    /**
     * Reserves the memory of a request's answer, until the request ends.
     *
     * @param bytes all memory that the request holds for its answer
     * @throws ApiProblem 429 if the budget has too little left
     */
    public void reserve(ServletRequest request, long bytes) {
        if (!tryReserve(request, bytes)) {
            throw exhausted();
        }
    }

    /** Reserves memory like {@link #reserve}, but returns false if the budget has too little. */
    public boolean tryReserve(ServletRequest request, long bytes) {
        return bytes <= FREE_BYTES || tryResize(reservation(request), bytes);
    }

    /** Changes a reservation to this size. Returns false if the budget has too little left. */
    public boolean tryResize(Reservation reservation, long bytes) {
        return reservation.tryResize(bytes, limit() / PART_FOR_METRICS);
    }

    /** Reserves the memory of metrics, for which the last part of the budget is kept free. */
    void reserveForMetrics(ServletRequest request, long bytes) {
        if (bytes > FREE_BYTES && !reservation(request).tryResize(bytes, 0)) {
            throw exhausted();
        }
    }

    @Override
    public ApiProblem exhausted() {
        return exhausted(
                "answer_budget",
                "%s, and switchboard.http.answers-max is %d: ask for fewer rows with limit=, read the answers, or try again later"
                        .formatted(inUse("the answers of all requests in progress"), limit()));
    }
}
