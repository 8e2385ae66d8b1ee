package io.switchboard.bench;

import java.time.Duration;
import java.util.List;

/** One message to one peer a request, posted again when answered, over 1, 16, 64 connections. */
final class Posts implements Scenario {
    private static final List<Integer> CONNECTIONS = List.of(1, 16, 64);
    private static final int PEERS = 64;

    @Override
    public String name() {
        return "post";
    }

    @Override
    public void run(Stage stage) {
        stage.rounds(
                "POST /send to one",
                (contestant, first) -> {
                    Settings settings = stage.settings();
                    boolean readsJson = contestant instanceof Switchboard;
                    try (Audience audience = stage.audience(contestant, PEERS, PEERS)) {
                        List<String> ids = stage.ids(contestant, audience);
                        if (first) {
                            Duration time = settings.warmUp();
                            post(stage, contestant, audience, ids, 16, false, time);
                            if (readsJson) {
                                post(stage, contestant, audience, ids, 16, true, time.dividedBy(2));
                            }
                        }
                        for (int connections : CONNECTIONS) {
                            measure(stage, contestant, audience, ids, connections, false);
                            if (readsJson) {
                                measure(stage, contestant, audience, ids, connections, true);
                            }
                        }
                    }
                });
    }

    private static void measure(
            Stage stage,
            Contestant contestant,
            Audience audience,
            List<String> ids,
            int connections,
            boolean json) {
        long cpu = contestant.cpuNanos();
        ClosedLoop.Run run =
                post(
                        stage,
                        contestant,
                        audience,
                        ids,
                        connections,
                        json,
                        stage.settings().measured());
        cpu = contestant.cpuNanos() - cpu;
        Measure speed =
                Measure.more(
                        (json ? "post.json." : "post.") + connections,
                        "POST /send%s, %d connection%s"
                                .formatted(
                                        json ? " in JSON" : "",
                                        connections,
                                        connections == 1 ? "" : "s"),
                        "/s");
        stage.results().add(speed, contestant.name(), run.messagesPerSecond());
        stage.results().addCpu(speed, contestant.name(), cpu, run.messages());
    }

    private static ClosedLoop.Run post(
            Stage stage,
            Contestant contestant,
            Audience audience,
            List<String> ids,
            int connections,
            boolean json,
            Duration time) {
        Loop loop = stage.loop();
        try (Senders senders =
                json
                        ? Senders.toOneEachInJson(loop, contestant, audience, ids, connections)
                        : Senders.toOneEach(loop, contestant, audience, ids, connections)) {
            return ClosedLoop.toOne(loop, audience, senders, time);
        }
    }
}
