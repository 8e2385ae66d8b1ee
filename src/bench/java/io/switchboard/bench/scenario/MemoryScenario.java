package io.switchboard.bench.scenario;

import io.switchboard.bench.Pause;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.AotImage;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.LiveHeap;
import io.switchboard.bench.contestant.ResidentMemory;
import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.time.Duration;
import java.util.Map;

/**
 * The resident memory of idle peers, measured in new processes. Switchboard runs as in its
 * container image.
 */
final class MemoryScenario implements Scenario {
    /** The image of each Switchboard server, by the name of the server. */
    private final Map<String, AotImage> images;

    MemoryScenario(Map<String, AotImage> images) {
        this.images = images;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean needsImages() {
        return true;
    }

    @Override
    public void run(ScenarioContext context) {
        Duration settleTime =
                context.settings().quick() ? Duration.ofSeconds(1) : Duration.ofSeconds(3);
        for (int round = 0; round < context.settings().rounds(); round++) {
            for (Contestant running : context.contestants()) {
                context.progress("memory, round %d: %s".formatted(round + 1, running.name()));
                AotImage image = images.get(running.name());
                Contestant server =
                        image == null
                                ? ScriptServer.of(context.settings(), running.name())
                                : new Switchboard(
                                        context.settings(), running.name(), image.imageCommand());
                server.start();
                try {
                    measure(context, server, settleTime);
                } finally {
                    server.stop();
                }
            }
        }
    }

    private static void measure(
            ScenarioContext context, Contestant contestant, Duration settleTime) {
        int fewPeers = context.settings().fewPeers();
        int manyPeers = context.settings().manyPeers();
        Results results = context.results();
        Pause.of(settleTime);
        double withoutPeers = ResidentMemory.kilobytes(contestant);
        results.add(
                Measure.less("memory.base", "resident without peers", "MB"),
                contestant.name(),
                withoutPeers / 1024);
        double heap = 0;
        try (Peers _ = context.connect(contestant, fewPeers, 1)) {
            Pause.of(settleTime);
            add(
                    context,
                    contestant,
                    fewPeers,
                    (ResidentMemory.kilobytes(contestant) - withoutPeers) / fewPeers);
            try (Peers _ = Peers.connect(context.loop(), contestant, manyPeers - fewPeers, 1)) {
                context.awaitPeers(contestant, manyPeers);
                Pause.of(settleTime);
                add(
                        context,
                        contestant,
                        manyPeers,
                        (ResidentMemory.kilobytes(contestant) - withoutPeers) / manyPeers);
                if (contestant instanceof Switchboard) {
                    heap = LiveHeap.kilobytes(contestant.pid());
                }
            }
        }
        context.awaitPeers(contestant, 0);
        if (contestant instanceof Switchboard) {
            results.add(
                    Measure.less(
                            "memory.heap." + manyPeers,
                            "live heap a peer, of %,d".formatted(manyPeers),
                            "KB"),
                    contestant.name(),
                    (heap - LiveHeap.kilobytes(contestant.pid())) / manyPeers);
        }
    }

    private static void add(
            ScenarioContext context, Contestant contestant, int peers, double kilobytes) {
        context.results()
                .add(
                        Measure.less(
                                "memory.peer." + peers,
                                "resident a peer, of %,d".formatted(peers),
                                "KB"),
                        contestant.name(),
                        kilobytes);
    }
}
