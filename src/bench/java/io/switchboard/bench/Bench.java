package io.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Measures, and reports; ends with 1 when a line was lost or anything else went wrong. */
final class Bench {
    /** Whatever happens, the run ends. */
    private static final Duration LONGEST = Duration.ofMinutes(60);

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        Settings settings = Settings.read();
        Files.createDirectories(settings.output());
        for (String log : List.of("switchboard", "baseline", "node", "python", "image", "redis")) {
            Files.deleteIfExists(settings.output().resolve(log + ".log"));
        }
        Thread.ofPlatform().daemon().name("end").start(Bench::endWhenTooLong);
        try {
            run(settings);
        } catch (Failed e) {
            String cause = e.getCause() == null ? "" : " (" + e.getCause() + ")";
            System.out.println("FAILED: " + e.getMessage() + cause);
            System.exit(1);
        }
    }

    private static void endWhenTooLong() {
        Stage.pause(LONGEST);
        System.out.println("FAILED: not over within " + LONGEST.toMinutes() + " min");
        System.exit(1);
    }

    private static void run(Settings settings) throws IOException {
        Machine machine = Machine.look();
        System.out.println(machine);
        Results results = new Results();
        List<Scenario> scenarios = scenarios(settings, results);
        List<Contestant> contestants =
                scenarios.stream().anyMatch(Scenario::needsContestants)
                        ? contestants(settings, results)
                        : List.of();
        try (Loop loop = new Loop()) {
            Stage stage = new Stage(settings, loop, contestants, results);
            stage.progress("starting");
            contestants.forEach(Contestant::start);
            scenarios.forEach(scenario -> scenario.run(stage));
            stage.progress("done");
        } finally {
            contestants.forEach(Contestant::stop);
        }
        new Report(settings, machine, results).write();
    }

    private static List<Contestant> contestants(Settings settings, Results results) {
        List<Contestant> contestants = new ArrayList<>();
        contestants.add(Switchboard.bounded(settings));
        Path baseline = settings.baseline();
        if (baseline != null) {
            contestants.add(Switchboard.bounded(settings, Switchboard.BASELINE, baseline));
        }
        for (String rival : settings.rivals()) {
            if (Machine.version(rival).isPresent()) {
                contestants.add(Script.of(settings, rival));
            } else {
                results.note(rival + " is not installed, and was left out");
            }
        }
        return contestants;
    }

    private static List<Scenario> scenarios(Settings settings, Results results) {
        Set<String> only = settings.only();
        List<Scenario> scenarios = new ArrayList<>();
        Stream.of(
                        new Connects(),
                        new Broadcasts(),
                        new Posts(),
                        new FixedRate(),
                        new Batches(),
                        new Inbound(),
                        new Listing(),
                        new SlowPeer())
                .filter(scenario -> only.isEmpty() || only.contains(scenario.name()))
                .forEach(scenarios::add);
        if (only.isEmpty() || only.contains("memory") || only.contains("start")) {
            AotImage image = AotImage.make(settings, settings.jar(), "image");
            Map<String, AotImage> images = new HashMap<>(Map.of(Switchboard.NAME, image));
            Path baseline = settings.baseline();
            if (baseline != null) {
                images.put(
                        Switchboard.BASELINE, AotImage.make(settings, baseline, "baseline-image"));
            }
            Stream.of(new Memory(images), new StartUp(image))
                    .filter(scenario -> only.isEmpty() || only.contains(scenario.name()))
                    .forEach(scenarios::add);
        }
        if (only.contains(Cluster.NAME) || (only.isEmpty() && Redis.isInstalled())) {
            scenarios.add(new Cluster());
        } else if (only.isEmpty()) {
            results.note(Redis.PROGRAM + " is not installed, and the cluster was left out");
        }
        if (scenarios.isEmpty()) {
            throw new Failed("no scenario is called that: " + only);
        }
        return scenarios;
    }
}
