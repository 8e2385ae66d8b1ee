package io.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resident memory of idle peers, in processes of their own; Switchboard as in its image. */
final class Memory implements Scenario {
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    private final AotImage image;

    Memory(AotImage image) {
        this.image = image;
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
                Contestant fresh =
                        resident instanceof Switchboard
                                ? new Switchboard(stage.settings(), image.launch())
                                : Script.of(stage.settings(), resident.name());
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
        double base = resident(contestant);
        results.add(
                Measure.less("memory.base", "resident without peers", "MB"),
                contestant.name(),
                base / 1024);
        double live = 0;
        try (Audience _ = stage.audience(contestant, few, 1)) {
            Stage.pause(settling);
            add(stage, contestant, few, (resident(contestant) - base) / few);
            try (Audience _ = Audience.connect(stage.loop(), contestant, many - few, 1)) {
                stage.awaitPeers(contestant, many);
                Stage.pause(settling);
                add(stage, contestant, many, (resident(contestant) - base) / many);
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

    /** Kilobytes. */
    private static double resident(Contestant contestant) {
        try {
            Path status = Path.of("/proc", String.valueOf(contestant.pid()), "status");
            Matcher found = RESIDENT.matcher(Files.readString(status));
            if (!found.find()) {
                throw new Failed("no VmRSS in " + status);
            }
            return Double.parseDouble(found.group(1));
        } catch (IOException e) {
            throw new Failed("cannot read the memory of " + contestant.name(), e);
        }
    }
}
