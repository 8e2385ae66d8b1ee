package io.switchboard.bench.scenario;

import io.switchboard.bench.Pause;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The CPU of a service whose peers and HTTP clients send nothing, in percent of one core. It is
 * measured in new processes, and once for each number of peers.
 */
final class IdleScenario implements Scenario {
    private static final List<Integer> PEERS = List.of(0, 1_000, 10_000, 15_000);

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(ScenarioContext context) {
        Settings settings = context.settings();
        List<Switchboard> servers = new ArrayList<>();
        servers.add(Switchboard.bounded(settings));
        Path baseline = settings.baseline();
        if (baseline != null) {
            servers.add(Switchboard.bounded(settings, Switchboard.BASELINE, baseline));
        }
        for (Switchboard server : servers) {
            server.start();
            try {
                PEERS.forEach(count -> measure(context, server, count));
            } finally {
                server.stop();
            }
        }
    }

    private static void measure(ScenarioContext context, Switchboard server, int count) {
        context.progress("%,d idle peers: %s".formatted(count, server.name()));
        boolean quick = context.settings().quick();
        try (Peers _ = context.connect(server, count, 1)) {
            // The work of the connects, such as JIT compilation, ends in this time.
            Pause.of(Duration.ofSeconds(quick ? 3 : 10));
            long cpu = server.cpuNanos();
            long start = System.nanoTime();
            Pause.of(Duration.ofSeconds(quick ? 5 : 20));
            double percent =
                    100.0 * (server.cpuNanos() - cpu) / (double) (System.nanoTime() - start);
            context.results()
                    .add(
                            Measure.less(
                                    "idle." + count,
                                    "CPU with %,d idle peers".formatted(count),
                                    "% of a core"),
                            server.name(),
                            percent);
        }
        context.awaitPeers(server, 0);
    }
}
