package io.switchboard.bench;

import java.time.Duration;

/** {@code GET /peers?limit=100}, one request after the other. */
final class Listing implements Scenario {
    private static final int FEW = 100;

    @Override
    public String name() {
        return "list";
    }

    @Override
    public void run(Stage stage) {
        run(stage, FEW);
        run(stage, stage.settings().many());
    }

    private static void run(Stage stage, int peers) {
        stage.rounds(
                "GET /peers of %,d".formatted(peers),
                (contestant, first) -> {
                    try (Audience _ = stage.audience(contestant, peers, 1);
                            Http http = Http.connect(stage.loop(), contestant)) {
                        if (first) {
                            list(contestant, http, stage.settings().warmUp().dividedBy(4));
                        }
                        stage.results()
                                .add(
                                        Measure.less(
                                                "list." + peers,
                                                "GET /peers?limit=100 of %,d".formatted(peers),
                                                "ms"),
                                        contestant.name(),
                                        list(
                                                contestant,
                                                http,
                                                stage.settings().measured().dividedBy(2)));
                    }
                });
    }

    /**
     * @return mean milliseconds
     */
    private static double list(Contestant contestant, Http http, Duration time) {
        byte[] request = Http.get("/peers?limit=100");
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < time.toNanos()) {
            http.exchange(request).expect(contestant.name(), 200);
            count++;
        }
        return (System.nanoTime() - start) / 1e6 / count;
    }
}
