package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.NumberedLine;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.time.Duration;
import java.util.List;

/** Broadcasts with 1, 16 and 64 requests in flight. */
final class BroadcastScenario implements Scenario {
    private static final List<Integer> IN_FLIGHT = List.of(1, 16, 64);

    @Override
    public String name() {
        return "broadcast";
    }

    @Override
    public void run(ScenarioContext context) {
        run(context, context.settings().fewPeers(), context.settings().warmUp());
        // The processes are warm, but not for this number of peers.
        run(context, context.settings().manyPeers(), context.settings().warmUp().dividedBy(4));
    }

    private static void run(ScenarioContext context, int count, Duration warmUp) {
        context.rounds(
                "broadcast to %,d".formatted(count),
                (contestant, first) -> {
                    try (Peers peers =
                            context.connect(contestant, count, NumberedLine.MAX_SENDERS)) {
                        if (first) {
                            broadcast(context, contestant, peers, 1, warmUp.dividedBy(2));
                            broadcast(context, contestant, peers, 16, warmUp.dividedBy(2));
                        }
                        for (int inFlight : IN_FLIGHT) {
                            measure(context, contestant, peers, inFlight);
                        }
                    }
                });
    }

    private static ClosedLoop.Result broadcast(
            ScenarioContext context,
            Contestant contestant,
            Peers peers,
            int inFlight,
            Duration time) {
        try (Senders senders = Senders.toAll(context.loop(), contestant, peers, inFlight)) {
            return ClosedLoop.broadcast(context.loop(), peers, senders, time);
        }
    }

    private static void measure(
            ScenarioContext context, Contestant contestant, Peers peers, int inFlight) {
        long cpu = contestant.cpuNanos();
        ClosedLoop.Result run =
                broadcast(context, contestant, peers, inFlight, context.settings().measured());
        cpu = contestant.cpuNanos() - cpu;
        int count = peers.size();
        String title = "broadcast to %,d, ".formatted(count);
        Results results = context.results();
        Measure rate =
                Measure.more(
                        "broadcast.%d.%d".formatted(count, inFlight),
                        title + (inFlight == 1 ? "one at a time" : inFlight + " in flight"),
                        "deliveries/s");
        results.add(rate, contestant.name(), run.linesPerSecond());
        results.addCpu(rate, contestant.name(), cpu, run.lines());
        if (inFlight == 1) {
            results.add(
                    Measure.less("broadcast." + count + ".first", title + "first peer, p50", "ms"),
                    contestant.name(),
                    run.first().percentile(50));
            results.add(
                    Measure.less("broadcast." + count + ".last", title + "last peer, p50", "ms"),
                    contestant.name(),
                    run.last().percentile(50));
        }
    }
}
