package io.switchboard.bench;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** From the start of the process to the first good answer. */
final class StartUp implements Scenario {
    private final AotImage image;

    StartUp(AotImage image) {
        this.image = image;
    }

    @Override
    public String name() {
        return "start";
    }

    @Override
    public void run(Stage stage) {
        Settings settings = stage.settings();
        for (int round = 0; round < settings.rounds(); round++) {
            stage.progress("start, round " + (round + 1));
            switchboard(stage, "jar", "the jar itself", () -> Switchboard.bounded(settings));
            switchboard(
                    stage,
                    "unpacked",
                    "unpacked",
                    () -> bounded(settings, image.launchBoundedWithoutCache()));
            switchboard(
                    stage,
                    "aot",
                    "unpacked, AOT cache",
                    () -> bounded(settings, image.launchBounded()));
            for (Contestant contestant : stage.contestants()) {
                if (!(contestant instanceof Switchboard)) {
                    script(stage, Script.of(settings, contestant.name()));
                }
            }
        }
    }

    private static Switchboard bounded(Settings settings, List<String> launch) {
        return new Switchboard(settings, Switchboard.NAME, launch);
    }

    private static void switchboard(
            Stage stage, String key, String what, Supplier<Switchboard> fresh) {
        Switchboard switchboard = fresh.get();
        try {
            Duration took = switchboard.startToHealthy();
            add(stage, "start." + key, what, Switchboard.NAME, took);
        } finally {
            switchboard.stop();
        }
    }

    private static void script(Stage stage, Script script) {
        try {
            add(stage, "start.aot", "unpacked, AOT cache", script.name(), script.startToAnswer());
        } finally {
            script.stop();
        }
    }

    private static void add(
            Stage stage, String key, String what, String contestant, Duration took) {
        stage.results()
                .add(
                        Measure.less(key, "start to healthy, " + what, "s"),
                        contestant,
                        took.toMillis() / 1e3);
    }
}
