package io.switchboard.bench;

import java.time.Duration;

/** Connecting: one after the other, and all at once; until the server says that all are in. */
final class Connects implements Scenario {
    @Override
    public String name() {
        return "connect";
    }

    @Override
    public void run(Stage stage) {
        int peers = stage.settings().many();
        stage.rounds(
                "%,d connects in a row".formatted(peers),
                (contestant, first) -> {
                    if (first) {
                        connect(stage, contestant, peers, 1).close();
                        stage.awaitPeers(contestant, 0);
                    }
                    inARow(stage, contestant, peers);
                });
        stage.rounds(
                "%,d connects at once".formatted(peers),
                (contestant, _) -> atOnce(stage, contestant, peers));
    }

    private static void inARow(Stage stage, Contestant contestant, int peers) {
        String what = "%,d connects in a row".formatted(peers);
        Results results = stage.results();
        long start = System.nanoTime();
        try (Audience audience = connect(stage, contestant, peers, 1)) {
            results.add(
                    Measure.more("connect.row", what, "/s"),
                    contestant.name(),
                    peers * 1e9 / (System.nanoTime() - start));
            int tenth = Math.max(1, peers / 10);
            results.add(
                    Measure.more("connect.row.first", what + ", first tenth", "/s"),
                    contestant.name(),
                    tenth * 1e9 / audience.connectNanos(0, tenth));
            results.add(
                    Measure.more("connect.row.last", what + ", last tenth", "/s"),
                    contestant.name(),
                    tenth * 1e9 / audience.connectNanos(peers - tenth, peers));
            verify(stage, contestant, audience);
        }
    }

    private static void atOnce(Stage stage, Contestant contestant, int peers) {
        long start = System.nanoTime();
        try (Audience audience = connect(stage, contestant, peers, peers)) {
            stage.results()
                    .add(
                            Measure.more(
                                    "connect.once", "%,d connects at once".formatted(peers), "/s"),
                            contestant.name(),
                            peers * 1e9 / (System.nanoTime() - start));
            verify(stage, contestant, audience);
        }
    }

    private static Audience connect(Stage stage, Contestant contestant, int peers, int window) {
        Audience audience = Audience.connect(stage.loop(), contestant, peers, 1, window);
        stage.awaitPeers(contestant, peers);
        return audience;
    }

    /** Everyone gets one message. */
    private static void verify(Stage stage, Contestant contestant, Audience audience) {
        try (Senders senders = Senders.toAll(stage.loop(), contestant, audience, 1)) {
            ClosedLoop.broadcast(stage.loop(), audience, senders, Duration.ZERO);
        }
    }
}
