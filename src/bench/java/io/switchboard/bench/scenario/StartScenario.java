package io.switchboard.bench.scenario;

import static java.util.Objects.requireNonNull;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.AotImage;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.report.Measure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The time from the start of a process to its first successful response. */
final class StartScenario implements Scenario {
    private final Map<String, AotImage> images;

    StartScenario(Map<String, AotImage> images) {
        this.images = images;
    }

    @Override
    public String name() {
        return "start";
    }

    @Override
    public boolean needsImages() {
        return true;
    }

    @Override
    public void run(ScenarioContext context) {
        Settings settings = context.settings();
        AotImage image = requireNonNull(images.get(Switchboard.NAME));
        for (int round = 0; round < settings.rounds(); round++) {
            context.progress("start, round " + (round + 1));
            switchboard(context, "jar", "the jar itself", () -> Switchboard.bounded(settings));
            switchboard(
                    context,
                    "unpacked",
                    "unpacked",
                    () -> bounded(settings, image.boundedCommandWithoutCache()));
            switchboard(
                    context,
                    "aot",
                    "unpacked, AOT cache",
                    () -> bounded(settings, image.boundedCommand()));
            for (Contestant contestant : context.contestants()) {
                if (!(contestant instanceof Switchboard)) {
                    script(context, ScriptServer.of(settings, contestant.name()));
                }
            }
        }
    }

    private static Switchboard bounded(Settings settings, List<String> command) {
        return new Switchboard(settings, Switchboard.NAME, command);
    }

    private static void switchboard(
            ScenarioContext context, String key, String title, Supplier<Switchboard> server) {
        Switchboard switchboard = server.get();
        try {
            Duration time = switchboard.startToHealthy();
            add(context, "start." + key, title, Switchboard.NAME, time);
        } finally {
            switchboard.stop();
        }
    }

    private static void script(ScenarioContext context, ScriptServer script) {
        try {
            add(
                    context,
                    "start.aot",
                    "unpacked, AOT cache",
                    script.name(),
                    script.startToResponse());
        } finally {
            script.stop();
        }
    }

    private static void add(
            ScenarioContext context, String key, String title, String contestant, Duration time) {
        context.results()
                .add(
                        Measure.less(key, "start to healthy, " + title, "s"),
                        contestant,
                        time.toMillis() / 1e3);
    }
}
