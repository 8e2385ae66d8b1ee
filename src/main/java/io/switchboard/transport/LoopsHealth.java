package io.switchboard.transport;

import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * The health component {@code loops}: DOWN while a turn of an event loop has lasted for 5 seconds.
 * Such a loop serves none of its peers, and only a restart helps if it never returns. A loop that
 * waits for its sockets is healthy.
 */
@Component("loopsHealthIndicator")
final class LoopsHealth implements HealthIndicator {
    static final Duration LONGEST_TURN = Duration.ofSeconds(5);

    private final EventLoop.Group loops;

    LoopsHealth(EventLoop.Group loops) {
        this.loops = loops;
    }

    @Override
    public Health health() {
        return health(System.nanoTime());
    }

    Health health(long now) {
        Health.Builder health = Health.up();
        for (EventLoop loop : loops.all()) {
            Duration turn = Duration.ofNanos(loop.turnNanos(now));
            if (turn.compareTo(LONGEST_TURN) >= 0) {
                health.down()
                        .withDetail(loop.name(), "its turn has lasted " + turn.toSeconds() + "s");
            }
        }
        return health.build();
    }
}
