package io.switchboard.bench.attack;

import io.switchboard.bench.Pause;
import java.io.IOException;
import java.time.Duration;

/** Repeats a step at a steady rate, whatever the duration of a step. */
final class Pace {
    /** A step of an attack. */
    interface Step {
        void run(int number) throws IOException;
    }

    private static final Duration TICK = Duration.ofMillis(1);

    private Pace() {}

    /** Runs the step {@code perSecond} times a second for a time, in bursts of a millisecond. */
    static int keep(int perSecond, Duration time, Step step) throws IOException {
        long start = System.nanoTime();
        int done = 0;
        for (long now = 0; now < time.toNanos(); now = System.nanoTime() - start) {
            long due = now * perSecond / 1_000_000_000L + 1;
            if (done >= due) {
                Pause.of(TICK);
            }
            for (; done < due && System.nanoTime() - start < time.toNanos(); done++) {
                step.run(done);
            }
        }
        return done;
    }
}
