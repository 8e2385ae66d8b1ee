package io.switchboard.bench;

import java.time.Duration;
import java.util.List;

/** One message to everyone: one at a time, and several under way. */
final class Broadcasts implements Scenario {
    private static final List<Integer> IN_FLIGHT = List.of(1, 16, 64);

    @Override
    public String name() {
        return "broadcast";
    }

    @Override
    public void run(Stage stage) {
        run(stage, stage.settings().few(), stage.settings().warmUp());
        // the processes are warm by now, only not to so many peers
        run(stage, stage.settings().many(), stage.settings().warmUp().dividedBy(4));
    }

    private static void run(Stage stage, int peers, Duration warmUp) {
        stage.rounds(
                "broadcast to %,d".formatted(peers),
                (contestant, first) -> {
                    try (Audience audience =
                            stage.audience(contestant, peers, Lines.MOST_SENDERS)) {
                        if (first) {
                            broadcast(stage, contestant, audience, 1, warmUp.dividedBy(2));
                            broadcast(stage, contestant, audience, 16, warmUp.dividedBy(2));
                        }
                        for (int inFlight : IN_FLIGHT) {
                            measure(stage, contestant, audience, inFlight);
                        }
                    }
                });
    }

    private static ClosedLoop.Run broadcast(
            Stage stage, Contestant contestant, Audience audience, int inFlight, Duration time) {
        try (Senders senders = Senders.toAll(stage.loop(), contestant, audience, inFlight)) {
            return ClosedLoop.broadcast(stage.loop(), audience, senders, time);
        }
    }

    private static void measure(
            Stage stage, Contestant contestant, Audience audience, int inFlight) {
        long cpu = contestant.cpuNanos();
        ClosedLoop.Run run =
                broadcast(stage, contestant, audience, inFlight, stage.settings().measured());
        cpu = contestant.cpuNanos() - cpu;
        int peers = audience.size();
        String what = "broadcast to %,d, ".formatted(peers);
        Results results = stage.results();
        Measure speed =
                Measure.more(
                        "broadcast.%d.%d".formatted(peers, inFlight),
                        what + (inFlight == 1 ? "one at a time" : inFlight + " in flight"),
                        "deliveries/s");
        results.add(speed, contestant.name(), run.linesPerSecond());
        results.addCpu(speed, contestant.name(), cpu, run.lines());
        if (inFlight == 1) {
            results.add(
                    Measure.less("broadcast." + peers + ".first", what + "first peer, p50", "ms"),
                    contestant.name(),
                    run.first().percentile(50));
            results.add(
                    Measure.less("broadcast." + peers + ".last", what + "last peer, p50", "ms"),
                    contestant.name(),
                    run.last().percentile(50));
        }
    }
}
