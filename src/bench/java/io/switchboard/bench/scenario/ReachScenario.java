package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What roles and a reach cost: the rate and the CPU of sends to one peer, with {@code admin.token}
 * and with a token that has one role and reaches one group.
 */
final class ReachScenario implements Scenario {
    private static final List<Integer> CONNECTIONS = List.of(1, 16, 64);
    private static final int PEERS = 64;
    private static final String TOKEN = "benchmark-0123456789abcdef";

    @Override
    public String name() {
        return "reach";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(ScenarioContext context) {
        Settings settings = context.settings();
        String group = "--switchboard.listeners.default.groups=a";
        List<Switchboard> servers =
                List.of(
                        Switchboard.withToken(
                                settings,
                                "admin.token",
                                TOKEN,
                                List.of(group, "--switchboard.admin.token=" + TOKEN)),
                        Switchboard.withToken(
                                settings,
                                "a token with a reach",
                                TOKEN,
                                List.of(
                                        group,
                                        "--switchboard.admin.tokens.bench.token=" + TOKEN,
                                        "--switchboard.admin.tokens.bench.roles=read,send",
                                        "--switchboard.admin.tokens.bench.groups=a")));
        try {
            servers.forEach(Contestant::start);
            context.rounds(
                    "roles and reach", servers, (server, first) -> measure(context, server, first));
        } finally {
            servers.forEach(Contestant::stop);
        }
    }

    private static void measure(ScenarioContext context, Contestant server, boolean first)
            throws IOException {
        Settings settings = context.settings();
        try (Peers peers = context.connect(server, PEERS, PEERS)) {
            List<String> ids = context.ids(server, peers);
            if (first) {
                post(context, server, peers, ids, 16, settings.warmUp());
            }
            for (int connections : CONNECTIONS) {
                long cpu = server.cpuNanos();
                ClosedLoop.Result run =
                        post(context, server, peers, ids, connections, settings.measured());
                cpu = server.cpuNanos() - cpu;
                Measure rate =
                        Measure.more(
                                "reach.%s.%d".formatted(server.name(), connections),
                                "POST /send with %s, %d at a time"
                                        .formatted(server.name(), connections),
                                "/s");
                context.results().add(rate, Switchboard.NAME, run.messagesPerSecond());
                context.results().addCpu(rate, Switchboard.NAME, cpu, run.messages());
            }
        }
    }

    private static ClosedLoop.Result post(
            ScenarioContext context,
            Contestant server,
            Peers peers,
            List<String> ids,
            int connections,
            Duration time) {
        return PostScenario.post(context, server, peers, ids, connections, false, time);
    }
}
