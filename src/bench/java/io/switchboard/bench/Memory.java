package io.switchboard.bench;

import java.time.Duration;
import java.util.Map;

/** Resident memory of idle peers, in processes of their own; Switchboard as in its image. */
final class Memory implements Scenario {
    private final Map<String, AotImage> images;

    /**
     * @param images of each Switchboard, by its name
     */
    Memory(Map<String, AotImage> images) {
        this.images = images;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public void run(Stage stage) {
        Duration settling =
                stage.settings().quick() ? Duration.ofSeconds(1) : Duration.ofSeconds(3);
        for (int round = 0; round < stage.settings().rounds(); round++) {
            for (Contestant resident : stage.contestants()) {
                stage.progress("memory, round %d: %s".formatted(round + 1, resident.name()));
                AotImage image = images.get(resident.name());
                Contestant fresh =
                        image == null
                                ? Script.of(stage.settings(), resident.name())
                                : new Switchboard(
                                        stage.settings(), resident.name(), image.launch());
                fresh.start();
                try {
                    measure(stage, fresh, settling);
                } finally {
                    fresh.stop();
                }
            }
        }
    }

    private static void measure(Stage stage, Contestant contestant, Duration settling) {
        int few = stage.settings().few();
        int many = stage.settings().many();
        Results results = stage.results();
        Stage.pause(settling);
        double base = Resident.kilobytes(contestant);
        results.add(
                Measure.less("memory.base", "resident without peers", "MB"),
                contestant.name(),
                base / 1024);
        double live = 0;
        try (Audience _ = stage.audience(contestant, few, 1)) {
            Stage.pause(settling);
            add(stage, contestant, few, (Resident.kilobytes(contestant) - base) / few);
            try (Audience _ = Audience.connect(stage.loop(), contestant, many - few, 1)) {
                stage.awaitPeers(contestant, many);
                Stage.pause(settling);
                add(stage, contestant, many, (Resident.kilobytes(contestant) - base) / many);
                if (contestant instanceof Switchboard) {
                    live = LiveHeap.kilobytes(contestant.pid());
                }
            }
        }
        stage.awaitPeers(contestant, 0);
        if (contestant instanceof Switchboard) {
            results.add(
                    Measure.less(
                            "memory.heap." + many,
                            "live heap a peer, of %,d".formatted(many),
                            "KB"),
                    contestant.name(),
                    (live - LiveHeap.kilobytes(contestant.pid())) / many);
        }
    }

    private static void add(Stage stage, Contestant contestant, int peers, double kilobytes) {
        stage.results()
                .add(
                        Measure.less(
                                "memory.peer." + peers,
                                "resident a peer, of %,d".formatted(peers),
                                "KB"),
                        contestant.name(),
                        kilobytes);
    }
}
