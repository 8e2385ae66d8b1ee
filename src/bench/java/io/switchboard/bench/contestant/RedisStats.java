package io.switchboard.bench.contestant;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Statistics from the INFO command of Redis, since its start or between two points in time.
 *
 * @param commands number of commands of any kind
 * @param publishes number of PUBLISH commands, which {@code commands} includes
 * @param received bytes that Redis received
 * @param sent bytes that Redis sent
 * @param cpuMicros CPU time of the process in microseconds, most of it in the kernel
 */
public record RedisStats(
        double commands, double publishes, double received, double sent, double cpuMicros) {

    static RedisStats of(String info) {
        return new RedisStats(
                number(info, "total_commands_processed:"),
                number(info, "cmdstat_publish:calls="),
                number(info, "total_net_input_bytes:"),
                number(info, "total_net_output_bytes:"),
                (number(info, "used_cpu_sys:") + number(info, "used_cpu_user:")) * 1e6);
    }

    /** Returns the number after {@code name}, or 0 if INFO does not contain it yet. */
    private static double number(String info, String name) {
        Matcher found = Pattern.compile("(?m)^" + name + "([0-9.]+)").matcher(info);
        return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }

    /** Returns these statistics with {@code sent} reduced by {@code bytes}. */
    RedisStats withoutSent(long bytes) {
        return new RedisStats(commands, publishes, received, sent - bytes, cpuMicros);
    }

    /** Returns the difference to an earlier state. */
    public RedisStats since(RedisStats before) {
        return new RedisStats(
                commands - before.commands,
                publishes - before.publishes,
                received - before.received,
                sent - before.sent,
                cpuMicros - before.cpuMicros);
    }
}
