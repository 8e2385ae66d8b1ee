package io.switchboard.bench.attack;

import io.switchboard.bench.attack.Crowd.Conduct;
import io.switchboard.bench.attack.Crowd.Ending;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * A crowd that connects at a rate and then stays for a time.
 *
 * @param port the attacked port
 * @param count number of connections; a quick run makes a third of those that do not stay
 * @param perSecond number of connections per second
 * @param stay how long the connections stay after the last one was opened
 */
record CrowdAssault(
        ToIntFunction<Target> port, Conduct conduct, int count, int perSecond, Duration stay)
        implements Assault {

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        int members = conduct.ending() == Ending.HOLD ? count : target.scaled(count);
        long start = System.nanoTime();
        try (Crowd crowd = new Crowd(port.applyAsInt(target), conduct)) {
            crowd.grow(members, perSecond);
            double seconds = (System.nanoTime() - start) / 1e9;
            crowd.hold(target.scaled(stay));
            double allSeconds = (System.nanoTime() - start) / 1e9;
            Outcome outcome = Outcome.of(text(crowd, seconds, allSeconds));
            return () -> outcome;
        }
    }

    private String text(Crowd crowd, double seconds, double allSeconds) {
        StringBuilder text = new StringBuilder();
        text.append("%,d connected in %.1f s".formatted(crowd.connected(), seconds));
        if (conduct.data().length() > 1) {
            double megabytes = crowd.sent() / 1e6;
            text.append(
                    conduct.repeat()
                            ? ", %.1f MB/s".formatted(megabytes / allSeconds)
                            : ", %,.0f MB".formatted(megabytes));
        }
        if (crowd.failed() > 0) {
            text.append(", %,d not connected".formatted(crowd.failed()));
        }
        if (crowd.closedByServer() > 0) {
            text.append(", %,d closed by the server".formatted(crowd.closedByServer()));
        }
        return text.toString();
    }
}
