package io.switchboard.bench;

import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.EventLoop;
import io.switchboard.bench.report.Machine;
import io.switchboard.bench.report.Report;
import io.switchboard.bench.report.Results;
import io.switchboard.bench.scenario.Scenarios;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the benchmark: starts the contestants, runs the selected scenarios and writes the report.
 * The exit status is 1 if the run fails, for example because a line was lost.
 */
final class Bench {
    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(75);

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        Settings settings = Settings.read();
        Files.createDirectories(settings.output());
        for (String log :
                List.of(
                        "switchboard",
                        "baseline",
                        "node",
                        "python",
                        "image",
                        "redis",
                        "mosquitto",
                        "webhook",
                        "kafka",
                        "mqtt",
                        "redis-stream",
                        "attacker")) {
            Files.deleteIfExists(settings.output().resolve(log + ".log"));
        }
        Thread.ofPlatform().daemon().name("timeout").start(Bench::exitAfterTimeout);
        try {
            run(settings);
        } catch (BenchException e) {
            String cause = e.getCause() == null ? "" : " (" + e.getCause() + ")";
            System.out.println("FAILED: " + e.getMessage() + cause);
            System.exit(1);
        }
    }

    private static void exitAfterTimeout() {
        Pause.of(RUN_TIMEOUT);
        System.out.println(
                "FAILED: the run did not end within " + RUN_TIMEOUT.toMinutes() + " min");
        System.exit(1);
    }

    private static void run(Settings settings) throws IOException {
        Machine machine = Machine.detect();
        System.out.println(machine);
        Results results = new Results();
        List<Scenario> scenarios = Scenarios.selected(settings, results);
        List<Contestant> contestants =
                scenarios.stream().anyMatch(Scenario::needsContestants)
                        ? contestants(settings, results)
                        : List.of();
        try (EventLoop loop = new EventLoop()) {
            ScenarioContext context = new ScenarioContext(settings, loop, contestants, results);
            context.progress("starting");
            contestants.forEach(Contestant::start);
            scenarios.forEach(scenario -> scenario.run(context));
            context.progress("done");
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
            if (ScriptServer.version(rival).isPresent()) {
                contestants.add(ScriptServer.of(settings, rival));
            } else {
                results.note(rival + " is not installed, and was left out");
            }
        }
        return contestants;
    }
}
