package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.EventLoop;
import io.switchboard.bench.load.Flood;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.Peer;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The rate of frames that peers send as fast as the server reads; the server counts them. */
final class InboundScenario implements Scenario {
    private static final int PEERS = 100;

    /** Frames of a 32 KB write, for peers that send many frames at once. */
    private static final int BULK = 512;

    private static final Duration COUNT_TIMEOUT = Duration.ofSeconds(30);

    /** Each look at the count costs the server as much CPU as thousands of frames. */
    private static final Duration POLL = Duration.ofMillis(20);

    @Override
    public String name() {
        return "inbound";
    }

    @Override
    public void run(ScenarioContext context) {
        String lines = "lines of %d B from %d peers, ".formatted(Flood.FRAME, PEERS);
        run(context, context.contestants(), "inbound", lines, Flood.Framing.LINE);
        List<Contestant> servers = serversWithLengths(context);
        try {
            servers.forEach(Contestant::start);
            String frames = "length:2 frames of %d B from %d peers, ".formatted(Flood.FRAME, PEERS);
            run(context, servers, "inbound.length", frames, Flood.Framing.LENGTH_2);
        } finally {
            servers.forEach(Contestant::stop);
        }
    }

    private static List<Contestant> serversWithLengths(ScenarioContext context) {
        Settings settings = context.settings();
        List<String> framing = List.of("--switchboard.listeners.default.framing=length:2");
        List<Contestant> servers = new ArrayList<>();
        servers.add(Switchboard.bounded(settings, Switchboard.NAME, framing));
        Path baseline = settings.baseline();
        if (baseline != null) {
            servers.add(Switchboard.bounded(settings, Switchboard.BASELINE, baseline, framing));
        }
        if (context.contestants().stream()
                .anyMatch(each -> each.name().equals(ScriptServer.NODE))) {
            servers.add(ScriptServer.nodeWithLengths(settings));
        }
        return servers;
    }

    private static void run(
            ScenarioContext context,
            List<Contestant> contestants,
            String key,
            String title,
            Flood.Framing framing) {
        run(context, contestants, Measure.more(key, title + "one a write", "/s"), framing, 1);
        run(
                context,
                contestants,
                Measure.more(key + ".100", title + "100 a write", "/s"),
                framing,
                100);
        run(
                context,
                contestants,
                Measure.more(key + ".bulk", title + "32 KB a write", "/s"),
                framing,
                BULK);
    }

    private static void run(
            ScenarioContext context,
            List<Contestant> contestants,
            Measure measure,
            Flood.Framing framing,
            int framesPerWrite) {
        Duration warmUp = context.settings().warmUp().dividedBy(2);
        Duration measured = context.settings().measured();
        context.rounds(
                measure.title(),
                contestants,
                (contestant, first) -> {
                    try (Peers peers = context.connect(contestant, PEERS, 1);
                            HttpConnection http =
                                    HttpConnection.connect(context.loop(), contestant)) {
                        if (first) {
                            Flood flood = new Flood(PEERS, framing, framesPerWrite);
                            flood(context.loop(), contestant, http, peers, flood, warmUp);
                        }
                        long cpu = contestant.cpuNanos();
                        long start = System.nanoTime();
                        Flood flood = new Flood(PEERS, framing, framesPerWrite);
                        long frames =
                                flood(context.loop(), contestant, http, peers, flood, measured);
                        long nanos = System.nanoTime() - start;
                        cpu = contestant.cpuNanos() - cpu;
                        context.results().add(measure, contestant.name(), frames * 1e9 / nanos);
                        context.results().addCpu(measure, contestant.name(), cpu, frames);
                    }
                });
    }

    /** Floods the server, and returns the number of frames once it has counted all of them. */
    private static long flood(
            EventLoop loop,
            Contestant contestant,
            HttpConnection http,
            Peers peers,
            Flood flood,
            Duration time) {
        long before = received(contestant, http);
        loop.call(
                () -> {
                    for (Peer peer : peers.list()) {
                        peer.flood(flood, loop);
                    }
                    return true;
                });
        Pause.of(time);
        loop.call(
                () -> {
                    flood.end();
                    return true;
                });
        return awaitCount(loop, contestant, http, flood, before);
    }

    private static long awaitCount(
            EventLoop loop, Contestant contestant, HttpConnection http, Flood flood, long before) {
        long start = System.nanoTime();
        while (true) {
            boolean ended = loop.call(flood::ended);
            long received = received(contestant, http) - before;
            long sent = loop.call(flood::frames);
            if (ended && received == sent) {
                return received;
            }
            if (received > sent || System.nanoTime() - start > COUNT_TIMEOUT.toNanos()) {
                throw new BenchException(
                        "%s counted %d frames of %d".formatted(contestant.name(), received, sent));
            }
            Pause.of(POLL);
        }
    }

    private static long received(Contestant contestant, HttpConnection http) {
        HttpResponse response = http.exchange(HttpConnection.get(contestant.statsPath()));
        response.expect(contestant.name(), 200);
        return contestant.received(response.body());
    }
}
