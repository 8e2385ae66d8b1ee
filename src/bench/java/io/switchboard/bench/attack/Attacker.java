package io.switchboard.bench.attack;

import io.switchboard.bench.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * The attacking process. It prints {@code begun}, attacks, prints {@code ended}, closes its sockets
 * and prints {@code answers} and {@code result} with what it achieved.
 *
 * <p>Arguments: the attack, the TCP port, the HTTP port, the side port, and whether to cut the
 * attack short.
 */
public final class Attacker {
    public static final String BEGUN = "begun";
    public static final String ENDED = "ended";
    public static final String ANSWERS = "answers ";
    public static final String RESULT = "result ";

    /** Longer than any attack; the process exits even if the benchmark no longer exists. */
    private static final Duration MAX_DURATION = Duration.ofSeconds(60);

    private Attacker() {}

    public static void main(String[] arguments) throws IOException {
        Thread.ofPlatform().daemon().name("timeout").start(Attacker::exitAfterTimeout);
        Attack attack = Attack.valueOf(arguments[0]);
        Target target =
                new Target(
                        Integer.parseInt(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Boolean.parseBoolean(arguments[4]));
        System.out.println(BEGUN);
        Supplier<Outcome> result = Assaults.of(attack).run(target);
        System.out.println(ENDED);
        Outcome outcome = result.get();
        System.out.println(ANSWERS + outcome.answersPerSecond());
        System.out.println(RESULT + outcome.text());
    }

    private static void exitAfterTimeout() {
        Pause.of(MAX_DURATION);
        System.out.println(RESULT + "the attack did not end in time");
        System.exit(1);
    }
}
