package io.switchboard.bench.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.NumberedLine;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.time.Duration;
import java.util.List;

/** Many messages in one NDJSON request, which the rivals do not support. */
final class BatchScenario implements Scenario {
    private static final int PEERS = 100;
    private static final int MESSAGES = 1_000;
    private static final int SENDER = 0;
    private static final Duration RECEIVE_TIMEOUT = Duration.ofSeconds(10);

    @Override
    public String name() {
        return "batch";
    }

    @Override
    public void run(ScenarioContext context) {
        context.rounds(
                "NDJSON batches",
                (contestant, first) -> {
                    if (!(contestant instanceof Switchboard)) {
                        return;
                    }
                    try (Peers peers = context.connect(contestant, PEERS, 1);
                            HttpConnection http =
                                    HttpConnection.connect(context.loop(), contestant)) {
                        List<String> ids = context.ids(contestant, peers);
                        if (http.exchange(request(peers, ids)).status() == 415) {
                            context.results()
                                    .note("NDJSON batches are not served: POST /send answers 415");
                            return;
                        }
                        awaitLines(context, peers, MESSAGES);
                        if (first) {
                            batches(context, peers, ids, http, context.settings().warmUp());
                        }
                        context.results()
                                .add(
                                        Measure.more(
                                                "batch",
                                                "NDJSON batches of %,d".formatted(MESSAGES),
                                                "messages/s"),
                                        contestant.name(),
                                        batches(
                                                context,
                                                peers,
                                                ids,
                                                http,
                                                context.settings().measured()));
                    }
                });
    }

    /** Returns the number of messages per second. */
    private static double batches(
            ScenarioContext context,
            Peers peers,
            List<String> ids,
            HttpConnection http,
            Duration time) {
        long before = peers.lines();
        long start = System.nanoTime();
        while (System.nanoTime() - start < time.toNanos()) {
            long expected = peers.lines() + MESSAGES;
            HttpResponse response = http.exchange(request(peers, ids));
            response.expect(peers.contestant(), 200);
            long results = response.body().lines().filter(line -> !line.isBlank()).count();
            if (results != MESSAGES) {
                throw new BenchException(
                        "%s gave %d results for %d lines"
                                .formatted(peers.contestant(), results, MESSAGES));
            }
            awaitLines(context, peers, expected);
        }
        return (peers.lines() - before) * 1e9 / (System.nanoTime() - start);
    }

    /**
     * Returns a request whose messages go to the peers in turn, numbered from the expected ones.
     */
    private static byte[] request(Peers peers, List<String> ids) {
        byte[] line = new byte[NumberedLine.LENGTH];
        StringBuilder body = new StringBuilder(MESSAGES * 160);
        for (int message = 0; message < MESSAGES; message++) {
            int peer = message % PEERS;
            int number = peers.list().get(peer).expectedNumber(SENDER) + message / PEERS;
            NumberedLine.write(line, 0, SENDER, number);
            body.append("{\"to\":\"")
                    .append(ids.get(peer))
                    .append("\",\"text\":\"")
                    .append(new String(line, 0, NumberedLine.PAYLOAD, ISO_8859_1))
                    .append("\"}\n");
        }
        return HttpConnection.request("POST", "/send", "application/x-ndjson", body.toString());
    }

    private static void awaitLines(ScenarioContext context, Peers peers, long count) {
        long start = System.nanoTime();
        while (context.loop().call(peers::lines) < count) {
            if (System.nanoTime() - start > RECEIVE_TIMEOUT.toNanos()) {
                throw new BenchException(
                        "%s lost lines of a batch: %d of %d arrived"
                                .formatted(peers.contestant(), peers.lines(), count));
            }
            Pause.of(Duration.ofNanos(100_000));
        }
    }
}
