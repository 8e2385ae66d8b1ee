package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Duration;
import java.util.List;

/** Many messages in one request, as NDJSON; the rivals have no such thing. */
final class Batches implements Scenario {
    private static final int PEERS = 100;
    private static final int LINES = 1_000;
    private static final int SENDER = 0;
    private static final Duration LONGEST_ARRIVAL = Duration.ofSeconds(10);

    @Override
    public String name() {
        return "batch";
    }

    @Override
    public void run(Stage stage) {
        stage.rounds(
                "NDJSON batches",
                (contestant, first) -> {
                    if (!(contestant instanceof Switchboard)) {
                        return;
                    }
                    try (Audience audience = stage.audience(contestant, PEERS, 1);
                            Http http = Http.connect(stage.loop(), contestant)) {
                        List<String> ids = stage.ids(contestant, audience);
                        if (http.exchange(request(audience, ids)).status() == 415) {
                            stage.results()
                                    .note("NDJSON batches are not served: POST /send answers 415");
                            return;
                        }
                        awaitLines(stage, audience, LINES);
                        if (first) {
                            batches(stage, audience, ids, http, stage.settings().warmUp());
                        }
                        stage.results()
                                .add(
                                        Measure.more(
                                                "batch",
                                                "NDJSON batches of %,d".formatted(LINES),
                                                "messages/s"),
                                        contestant.name(),
                                        batches(
                                                stage,
                                                audience,
                                                ids,
                                                http,
                                                stage.settings().measured()));
                    }
                });
    }

    /**
     * @return messages a second
     */
    private static double batches(
            Stage stage, Audience audience, List<String> ids, Http http, Duration time) {
        long before = audience.lines();
        long start = System.nanoTime();
        while (System.nanoTime() - start < time.toNanos()) {
            long expected = audience.lines() + LINES;
            HttpAnswer answer = http.exchange(request(audience, ids));
            answer.expect(audience.contestant(), 200);
            long results = answer.body().lines().filter(line -> !line.isBlank()).count();
            if (results != LINES) {
                throw new Failed(
                        "%s gave %d results for %d lines"
                                .formatted(audience.contestant(), results, LINES));
            }
            awaitLines(stage, audience, expected);
        }
        return (audience.lines() - before) * 1e9 / (System.nanoTime() - start);
    }

    /** Peers take turns, so each one's lines go on counting where they ended. */
    private static byte[] request(Audience audience, List<String> ids) {
        byte[] line = new byte[Lines.LENGTH];
        StringBuilder body = new StringBuilder(LINES * 160);
        for (int message = 0; message < LINES; message++) {
            int peer = message % PEERS;
            int number = audience.peers().get(peer).nextOf(SENDER) + message / PEERS;
            Lines.write(line, 0, SENDER, number);
            body.append("{\"to\":\"")
                    .append(ids.get(peer))
                    .append("\",\"text\":\"")
                    .append(new String(line, 0, Lines.PAYLOAD, ISO_8859_1))
                    .append("\"}\n");
        }
        return Http.request("POST", "/send", "application/x-ndjson", body.toString());
    }

    private static void awaitLines(Stage stage, Audience audience, long count) {
        long start = System.nanoTime();
        while (stage.loop().call(audience::lines) < count) {
            if (System.nanoTime() - start > LONGEST_ARRIVAL.toNanos()) {
                throw new Failed(
                        "%s lost lines of a batch: %d of %d arrived"
                                .formatted(audience.contestant(), audience.lines(), count));
            }
            Stage.pause(Duration.ofNanos(100_000));
        }
    }
}
