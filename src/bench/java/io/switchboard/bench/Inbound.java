package io.switchboard.bench;

import java.time.Duration;

/** Lines that peers send, as fast as the server reads them; its own counter tells how many. */
final class Inbound implements Scenario {
    private static final int PEERS = 100;

    /** 32 KB: for peers that have much to say at once. */
    private static final int MANY_LINES = 512;

    private static final Duration LONGEST_DIGESTION = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(2);

    @Override
    public String name() {
        return "inbound";
    }

    @Override
    public void run(Stage stage) {
        String lines = "lines of %d B from %d peers, ".formatted(Flood.LINE, PEERS);
        run(stage, Measure.more("inbound", lines + "one a write", "/s"), 1);
        run(stage, Measure.more("inbound.bulk", lines + "32 KB a write", "/s"), MANY_LINES);
    }

    private static void run(Stage stage, Measure measure, int linesAtOnce) {
        Duration warmUp = stage.settings().warmUp().dividedBy(2);
        Duration measured = stage.settings().measured();
        stage.rounds(
                measure.title(),
                (contestant, first) -> {
                    try (Audience audience = stage.audience(contestant, PEERS, 1);
                            Http http = Http.connect(stage.loop(), contestant)) {
                        if (first) {
                            flood(stage.loop(), contestant, http, audience, linesAtOnce, warmUp);
                        }
                        long cpu = contestant.cpuNanos();
                        long start = System.nanoTime();
                        long lines =
                                flood(
                                        stage.loop(),
                                        contestant,
                                        http,
                                        audience,
                                        linesAtOnce,
                                        measured);
                        long nanos = System.nanoTime() - start;
                        cpu = contestant.cpuNanos() - cpu;
                        stage.results().add(measure, contestant.name(), lines * 1e9 / nanos);
                        stage.results().addCpu(measure, contestant.name(), cpu, lines);
                    }
                });
    }

    /** Returns how many lines were written, when the server has counted all of them. */
    private static long flood(
            Loop loop,
            Contestant contestant,
            Http http,
            Audience audience,
            int linesAtOnce,
            Duration time) {
        long before = contestant.received(http);
        Flood flood = new Flood(audience.size(), linesAtOnce);
        loop.call(
                () -> {
                    for (Peer peer : audience.peers()) {
                        peer.flood(flood, loop);
                    }
                    return true;
                });
        Stage.pause(time);
        loop.call(
                () -> {
                    flood.end();
                    return true;
                });
        return awaitAll(loop, contestant, http, flood, before);
    }

    private static long awaitAll(
            Loop loop, Contestant contestant, Http http, Flood flood, long before) {
        long start = System.nanoTime();
        while (true) {
            boolean ended = loop.call(flood::ended);
            long received = contestant.received(http) - before;
            long sent = loop.call(flood::lines);
            if (ended && received == sent) {
                return received;
            }
            if (received > sent || System.nanoTime() - start > LONGEST_DIGESTION.toNanos()) {
                throw new Failed(
                        "%s counted %d lines of %d".formatted(contestant.name(), received, sent));
            }
            Stage.pause(POLL);
        }
    }
}
