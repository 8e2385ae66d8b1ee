package io.switchboard.web.access;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.Cluster;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Says of every request whether it is let in: by Spring Security's chain, and without it by the
 * servlets for which that chain would take too long.
 */
@Component
public final class Access {
    private static final Logger log = LoggerFactory.getLogger(Access.class);

    private final Policy policy;
    private final MeterRegistry meters;

    Access(AdminProperties properties, Cluster nodes, MeterRegistry meters) {
        this.meters = meters;
        policy = Policy.of(properties, new Failures(Ticker.systemTicker()));
        if (!nodes.single() && !(policy instanceof ByToken)) {
            throw new AdminFailure(
                    "switchboard.cluster.enabled=true, and no admin token is set: any node lets its"
                            + " clients at the peers of all of them",
                    "Set switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN), or"
                            + " switchboard.admin.token-file, to a token of at least "
                            + Tokens.SHORTEST
                            + " characters, the same at every node.",
                    null);
        }
    }

    /** The last of the lines that say what is ready: how to lock it. */
    @EventListener(WebServerInitializedEvent.class)
    @Order(1)
    void ready() {
        if (policy.isLax()) {
            log.warn("lock: {}", policy.line());
        } else {
            log.info("lock: {}", policy.line());
        }
    }

    /** Whether a browser sent it for a page of another origin, to which nothing is open. */
    public static boolean isForeign(HttpServletRequest request) {
        return CrossOrigin.refusal(request) != null;
    }

    /** With which role the request is let in, or why it is not. */
    public Verdict judge(HttpServletRequest request) {
        Verdict.Refused foreign = CrossOrigin.refusal(request);
        return foreign == null ? policy.judge(request) : foreign;
    }

    /**
     * Why the request may not do what its method asks for, which is counted then; null where it
     * may.
     */
    public Verdict.@Nullable Refused refusal(HttpServletRequest request) {
        Verdict.Refused refusal =
                switch (judge(request)) {
                    case Verdict.Admitted(Role role) ->
                            role.covers(Role.neededFor(request.getMethod()))
                                    ? null
                                    : Verdict.Refused.needsSend(request.getMethod());
                    case Verdict.Refused refused -> refused;
                };
        if (refusal != null) {
            count(refusal);
        }
        return refusal;
    }

    /** Counts a request that is answered with this. */
    public void count(Verdict.Refused refused) {
        Counter.builder("switchboard.refused.requests")
                .baseUnit("requests")
                .description("HTTP requests that were not let in")
                .tag("reason", refused.reason())
                .register(meters)
                .increment();
    }
}
