package io.switchboard.http;

import io.switchboard.http.problem.ApiProblem;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the bodies of all HTTP requests in progress, {@code http.bodies-max}. A body
 * of more than 4 KiB counts until its request has ended, because a request may use it until then.
 */
@Component
public final class BodyBudget extends RequestBudget {

    BodyBudget(HttpProperties properties) {
        super(
                "http.bodies",
                "Memory of the bodies of all HTTP requests in progress",
                properties.bodiesMaxBytes());
    }

    @Override
    public ApiProblem exhausted() {
        return exhausted(
                "body_budget",
                "%s, and switchboard.http.bodies-max is %d: send fewer at a time, or try again later"
                        .formatted(inUse("the bodies of all requests in progress"), limit()));
    }
}
