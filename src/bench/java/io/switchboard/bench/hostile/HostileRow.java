package io.switchboard.bench.hostile;

import io.switchboard.bench.attack.Attack;
import io.switchboard.bench.contestant.Footprint;
import io.switchboard.bench.report.Latencies;
import org.jspecify.annotations.Nullable;

/**
 * What one attack did to one server.
 *
 * @param achieved what the attacker did, in words
 * @param answersPerSecond answers to the attacker's questions; null if it asks none
 * @param latencies latencies of the probe's questions that were answered
 * @param errors number of the probe's questions that were not answered
 * @param firstError what went wrong first; empty if nothing did
 * @param healthMillis longest time until an answer of the health check
 * @param healthFailures number of health checks that failed
 * @param healthChecks number of health checks
 * @param survival whether the server still works
 * @param before what the server held before the attack
 * @param after what it held when it was back at the baseline, or 10 s after the attack; null if the
 *     server did not survive
 * @param secondsToBaseline time from the end of the attack to the baseline; null if the server was
 *     not back within 10 s
 */
public record HostileRow(
        Attack attack,
        String server,
        String achieved,
        @Nullable Double answersPerSecond,
        Latencies latencies,
        int errors,
        String firstError,
        double healthMillis,
        int healthFailures,
        int healthChecks,
        Survival survival,
        Footprint before,
        @Nullable Footprint after,
        @Nullable Double secondsToBaseline) {

    /** Whether a server still works after an attack. */
    public enum Survival {
        /** It is healthy and delivers messages. */
        YES("yes"),
        /** Its process exists, but it does not work. */
        ZOMBIE("does not answer"),
        /** Its process has exited. */
        NO("exited");

        private final String text;

        Survival(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
