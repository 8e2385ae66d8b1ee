package io.switchboard.http.problem;

import io.switchboard.store.StoreException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** Converts the failures of the store to error responses. */
public final class StoreProblem {
    private StoreProblem() {}

    /** Returns 503 {@code store_unavailable} or 507 {@code store_full}. */
    public static ApiProblem of(StoreException e) {
        return of(e, "sends without ttl work");
    }

    /** Returns the same problem of a request that creates, changes or removes a listener. */
    public static ApiProblem ofListener(StoreException e) {
        return of(e, "nothing was changed, and the listeners go on");
    }

    private static ApiProblem of(StoreException e, String rest) {
        String detail = e.getMessage() + ": " + rest;
        return switch (e.fault()) {
            case UNAVAILABLE ->
                    new ApiProblem(HttpStatus.SERVICE_UNAVAILABLE, "store_unavailable", detail)
                            .withHeader(HttpHeaders.RETRY_AFTER, "1");
            case FULL -> new ApiProblem(HttpStatus.INSUFFICIENT_STORAGE, "store_full", detail);
        };
    }

    /** Returns the problem of a change of a listener during which the service stopped. */
    public static ApiProblem interruptedListener() {
        Thread.currentThread().interrupt();
        return new ApiProblem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "shutting_down",
                "the service is stopping; the listener may have been changed");
    }

    /** Returns the problem of a request that waited for the store when the service stopped. */
    public static ApiProblem interrupted() {
        Thread.currentThread().interrupt();
        return new ApiProblem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "shutting_down",
                "the service is stopping; the message may have been stored");
    }
}
