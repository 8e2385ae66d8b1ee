package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.OpenLoop;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Latencies;
import io.switchboard.bench.report.Measure;
import java.time.Duration;
import java.util.List;

/**
 * The latency of sends to one peer at a fixed rate, from the time at which a message is due to its
 * arrival at the peer.
 */
final class FixedRateScenario implements Scenario {
    private static final int CONNECTIONS = 64;
    private static final int DURATION_FACTOR = 2;

    @Override
    public String name() {
        return "rate";
    }

    @Override
    public void run(ScenarioContext context) {
        Settings settings = context.settings();
        String title = "POST /send at %,d/s, ".formatted(settings.rate());
        context.rounds(
                "POST /send at a fixed rate",
                (contestant, first) -> {
                    try (Peers peers = context.connect(contestant, CONNECTIONS, CONNECTIONS)) {
                        List<String> ids = context.ids(contestant, peers);
                        if (first) {
                            post(context, contestant, peers, ids, settings.warmUpAtRate());
                        }
                        long cpu = contestant.cpuNanos();
                        Latencies latencies =
                                post(
                                        context,
                                        contestant,
                                        peers,
                                        ids,
                                        settings.measured().multipliedBy(DURATION_FACTOR));
                        context.results()
                                .addCpu(
                                        Measure.less("rate", title.replace(", ", ""), ""),
                                        contestant.name(),
                                        contestant.cpuNanos() - cpu,
                                        latencies.count());
                        for (String percentile : List.of("50", "99", "99.9")) {
                            context.results()
                                    .add(
                                            Measure.less(
                                                    "rate.p" + percentile,
                                                    title + "p" + percentile,
                                                    "ms"),
                                            contestant.name(),
                                            latencies.percentile(Double.parseDouble(percentile)));
                        }
                    }
                });
    }

    private static Latencies post(
            ScenarioContext context,
            Contestant contestant,
            Peers peers,
            List<String> ids,
            Duration time) {
        try (Senders senders =
                Senders.toOneEach(context.loop(), contestant, peers, ids, CONNECTIONS)) {
            return OpenLoop.toOne(context.loop(), peers, senders, context.settings().rate(), time);
        }
    }
}
