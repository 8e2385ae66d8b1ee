package io.switchboard.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Redis says in INFO, since its start or between two moments.
 *
 * @param commands of any kind
 * @param publishes of them
 * @param received bytes
 * @param sent bytes
 * @param cpuMicros of the process, of which the kernel's part is most
 */
record RedisFigures(
        double commands, double publishes, double received, double sent, double cpuMicros) {

    static RedisFigures of(String info) {
        return new RedisFigures(
                number(info, "total_commands_processed:"),
                number(info, "cmdstat_publish:calls="),
                number(info, "total_net_input_bytes:"),
                number(info, "total_net_output_bytes:"),
                (number(info, "used_cpu_sys:") + number(info, "used_cpu_user:")) * 1e6);
    }

    /** The first number after this; 0 where there is none yet. */
    private static double number(String info, String name) {
        Matcher found = Pattern.compile("(?m)^" + name + "([0-9.]+)").matcher(info);
        return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }

    /** Without bytes that were sent to whoever asked for figures. */
    RedisFigures withoutSent(long bytes) {
        return new RedisFigures(commands, publishes, received, sent - bytes, cpuMicros);
    }

    /** What came after those. */
    RedisFigures since(RedisFigures before) {
        return new RedisFigures(
                commands - before.commands,
                publishes - before.publishes,
                received - before.received,
                sent - before.sent,
                cpuMicros - before.cpuMicros);
    }
}
