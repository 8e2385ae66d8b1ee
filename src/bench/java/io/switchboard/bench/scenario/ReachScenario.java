package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.util.List;

/**
 * What roles and a reach cost: the rate and the CPU of sends to one peer, with {@code admin.token}
 * and with a token that has two roles and reaches one group. Each measurement has a process of its
 * own, because the JIT compiler decides differently in each, which can cost more than the reach.
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
        for (int round = 0; round < context.settings().rounds(); round++) {
            List<Switchboard> servers = servers(context.settings());
            for (Switchboard server : round % 2 == 0 ? servers : servers.reversed()) {
                context.progress("reach, round %d: %s".formatted(round + 1, server.name()));
                measure(context, server);
            }
        }
    }

    private static List<Switchboard> servers(Settings settings) {
        String group = "--switchboard.listeners.default.groups=a";
        String token = "--switchboard.admin.tokens.bench.";
        return List.of(
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
                                token + "token=" + TOKEN,
                                token + "roles=read,send",
                                token + "groups=a")));
    }

    private static void measure(ScenarioContext context, Switchboard server) {
        Settings settings = context.settings();
        server.start();
        try (Peers peers = context.connect(server, PEERS, PEERS)) {
            List<String> ids = context.ids(server, peers);
            PostScenario.post(context, server, peers, ids, 16, false, settings.warmUp());
            for (int connections : CONNECTIONS) {
                Measure rate =
                        Measure.more(
                                "reach.%s.%d".formatted(server.name(), connections),
                                "POST /send with %s, %d at a time"
                                        .formatted(server.name(), connections),
                                "/s");
                PostScenario.measure(
                        context, server, peers, ids, connections, false, rate, Switchboard.NAME);
            }
        } catch (IOException e) {
            throw new BenchException(server.name() + ": " + e, e);
        } finally {
            server.stop();
        }
    }
}
