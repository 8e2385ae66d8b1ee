package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.EventLoop;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import java.time.Duration;
import java.util.List;

/** The rate of sends to one peer over 1, 16 and 64 connections, in a closed loop. */
final class PostScenario implements Scenario {
    private static final List<Integer> CONNECTIONS = List.of(1, 16, 64);
    private static final int PEERS = 64;

    @Override
    public String name() {
        return "post";
    }

    @Override
    public void run(ScenarioContext context) {
        context.rounds(
                "POST /send to one",
                (contestant, first) -> {
                    Settings settings = context.settings();
                    boolean supportsJson = contestant instanceof Switchboard;
                    try (Peers peers = context.connect(contestant, PEERS, PEERS)) {
                        List<String> ids = context.ids(contestant, peers);
                        if (first) {
                            Duration time = settings.warmUp();
                            post(context, contestant, peers, ids, 16, false, time);
                            if (supportsJson) {
                                post(context, contestant, peers, ids, 16, true, time.dividedBy(2));
                            }
                        }
                        for (int connections : CONNECTIONS) {
                            measure(context, contestant, peers, ids, connections, false);
                            if (supportsJson) {
                                measure(context, contestant, peers, ids, connections, true);
                            }
                        }
                    }
                });
    }

    private static void measure(
            ScenarioContext context,
            Contestant contestant,
            Peers peers,
            List<String> ids,
            int connections,
            boolean json) {
        Measure rate =
                Measure.more(
                        (json ? "post.json." : "post.") + connections,
                        "POST /send%s, %d connection%s"
                                .formatted(
                                        json ? " in JSON" : "",
                                        connections,
                                        connections == 1 ? "" : "s"),
                        "/s");
        measure(context, contestant, peers, ids, connections, json, rate, contestant.name());
    }

    /**
     * Measures the rate and the CPU of sends to one peer over each connection.
     *
     * @param name the name in the results
     */
    static void measure(
            ScenarioContext context,
            Contestant contestant,
            Peers peers,
            List<String> ids,
            int connections,
            boolean json,
            Measure rate,
            String name) {
        Duration time = context.settings().measured();
        long cpu = contestant.cpuNanos();
        ClosedLoop.Result run = post(context, contestant, peers, ids, connections, json, time);
        cpu = contestant.cpuNanos() - cpu;
        context.results().add(rate, name, run.messagesPerSecond());
        context.results().addCpu(rate, name, cpu, run.messages());
    }

    /** Sends to one peer over each connection, in a closed loop. */
    static ClosedLoop.Result post(
            ScenarioContext context,
            Contestant contestant,
            Peers peers,
            List<String> ids,
            int connections,
            boolean json,
            Duration time) {
        EventLoop loop = context.loop();
        try (Senders senders =
                json
                        ? Senders.toOneEachInJson(loop, contestant, peers, ids, connections)
                        : Senders.toOneEach(loop, contestant, peers, ids, connections)) {
            return ClosedLoop.toOne(loop, peers, senders, time);
        }
    }
}
