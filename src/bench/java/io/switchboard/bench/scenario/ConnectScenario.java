package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.time.Duration;

/**
 * The rate of connects, one after the other and all at once. A measurement ends when the server
 * lists all peers.
 */
final class ConnectScenario implements Scenario {
    @Override
    public String name() {
        return "connect";
    }

    @Override
    public void run(ScenarioContext context) {
        int count = context.settings().manyPeers();
        context.rounds(
                "%,d connects in a row".formatted(count),
                (contestant, first) -> {
                    if (first) {
                        connect(context, contestant, count, 1).close();
                        context.awaitPeers(contestant, 0);
                    }
                    connectInSequence(context, contestant, count);
                });
        context.rounds(
                "%,d connects at once".formatted(count),
                (contestant, _) -> connectAtOnce(context, contestant, count));
    }

    private static void connectInSequence(
            ScenarioContext context, Contestant contestant, int count) {
        String title = "%,d connects in a row".formatted(count);
        Results results = context.results();
        long start = System.nanoTime();
        try (Peers peers = connect(context, contestant, count, 1)) {
            results.add(
                    Measure.more("connect.row", title, "/s"),
                    contestant.name(),
                    count * 1e9 / (System.nanoTime() - start));
            int tenth = Math.max(1, count / 10);
            results.add(
                    Measure.more("connect.row.first", title + ", first tenth", "/s"),
                    contestant.name(),
                    tenth * 1e9 / peers.connectNanos(0, tenth));
            results.add(
                    Measure.more("connect.row.last", title + ", last tenth", "/s"),
                    contestant.name(),
                    tenth * 1e9 / peers.connectNanos(count - tenth, count));
            verify(context, contestant, peers);
        }
    }

    private static void connectAtOnce(ScenarioContext context, Contestant contestant, int count) {
        long start = System.nanoTime();
        try (Peers peers = connect(context, contestant, count, count)) {
            context.results()
                    .add(
                            Measure.more(
                                    "connect.once", "%,d connects at once".formatted(count), "/s"),
                            contestant.name(),
                            count * 1e9 / (System.nanoTime() - start));
            verify(context, contestant, peers);
        }
    }

    private static Peers connect(
            ScenarioContext context, Contestant contestant, int count, int window) {
        Peers peers = Peers.connect(context.loop(), contestant, count, 1, window);
        context.awaitPeers(contestant, count);
        return peers;
    }

    /** Checks that every peer receives a broadcast. */
    private static void verify(ScenarioContext context, Contestant contestant, Peers peers) {
        try (Senders senders = Senders.toAll(context.loop(), contestant, peers, 1)) {
            ClosedLoop.broadcast(context.loop(), peers, senders, Duration.ZERO);
        }
    }
}
