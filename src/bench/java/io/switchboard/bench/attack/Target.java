package io.switchboard.bench.attack;

import java.time.Duration;

/**
 * The attacked server, and how long the attack may last.
 *
 * @param tcpPort port of the listener that the probe uses as well
 * @param httpPort port of the HTTP API
 * @param sidePort port of the listener that {@link Setup} adds; unused if it adds none
 * @param quick whether the attack is cut short, for a run that only checks that everything works
 */
public record Target(int tcpPort, int httpPort, int sidePort, boolean quick) {
    private static final int QUICK_PART = 3;

    /** Returns {@code time}, or a third of it in a quick run. */
    Duration scaled(Duration time) {
        return quick ? time.dividedBy(QUICK_PART) : time;
    }

    /** Returns {@code count}, or a third of it in a quick run. */
    int scaled(int count) {
        return quick ? count / QUICK_PART : count;
    }
}
