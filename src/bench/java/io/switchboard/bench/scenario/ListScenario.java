package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.time.Duration;

/** The duration of {@code GET /peers?limit=100}, one request after the other. */
final class ListScenario implements Scenario {
    private static final int FEW_PEERS = 100;

    @Override
    public String name() {
        return "list";
    }

    @Override
    public void run(ScenarioContext context) {
        run(context, FEW_PEERS);
        run(context, context.settings().manyPeers());
    }

    private static void run(ScenarioContext context, int count) {
        context.rounds(
                "GET /peers of %,d".formatted(count),
                (contestant, first) -> {
                    try (Peers _ = context.connect(contestant, count, 1);
                            HttpConnection http =
                                    HttpConnection.connect(context.loop(), contestant)) {
                        if (first) {
                            list(contestant, http, context.settings().warmUp().dividedBy(4));
                        }
                        context.results()
                                .add(
                                        Measure.less(
                                                "list." + count,
                                                "GET /peers?limit=100 of %,d".formatted(count),
                                                "ms"),
                                        contestant.name(),
                                        list(
                                                contestant,
                                                http,
                                                context.settings().measured().dividedBy(2)));
                    }
                });
    }

    /** Returns the mean duration of a request in milliseconds. */
    private static double list(Contestant contestant, HttpConnection http, Duration time) {
        byte[] request = HttpConnection.get("/peers?limit=100");
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < time.toNanos()) {
            http.exchange(request).expect(contestant.name(), 200);
            count++;
        }
        return (System.nanoTime() - start) / 1e6 / count;
    }
}
