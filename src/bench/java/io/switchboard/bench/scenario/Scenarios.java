package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.AotImage;
import io.switchboard.bench.contestant.Redis;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.hostile.HostileScenario;
import io.switchboard.bench.report.Results;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Creates the scenarios of a run. */
public final class Scenarios {
    private Scenarios() {}

    /**
     * Returns the scenarios that {@link Settings#only} selects, in the order in which they run. If
     * a selected scenario starts Switchboard from an {@link AotImage}, this method creates the
     * images.
     *
     * @throws BenchException if {@link Settings#only} contains an unknown name
     */
    public static List<Scenario> selected(Settings settings, Results results) {
        Map<String, AotImage> images = new HashMap<>();
        List<Scenario> scenarios =
                new ArrayList<>(
                        List.of(
                                new ConnectScenario(),
                                new BroadcastScenario(),
                                new PostScenario(),
                                new ReachScenario(),
                                new FixedRateScenario(),
                                new BatchScenario(),
                                new InboundScenario(),
                                new ListScenario(),
                                new SlowPeerScenario(),
                                new MemoryScenario(images),
                                new StartScenario(images),
                                new IdleScenario(),
                                new MailboxScenario(),
                                new BridgesScenario(),
                                new HostileScenario(images),
                                new ClusterScenario()));
        Set<String> only = settings.only();
        if (!only.isEmpty()) {
            requireKnown(only, scenarios.stream().map(Scenario::name).toList());
            scenarios.removeIf(scenario -> !only.contains(scenario.name()));
        } else if (!Redis.isInstalled()) {
            scenarios.removeLast();
            results.note(Redis.PROGRAM + " is not installed, and the cluster was left out");
        }
        if (scenarios.stream().anyMatch(Scenario::needsImages)) {
            images.put(Switchboard.NAME, AotImage.create(settings, settings.jar(), "image"));
            Path baseline = settings.baseline();
            if (baseline != null) {
                images.put(
                        Switchboard.BASELINE,
                        AotImage.create(settings, baseline, "baseline-image"));
            }
        }
        return scenarios;
    }

    private static void requireKnown(Set<String> only, List<String> names) {
        Set<String> unknown = new TreeSet<>(only);
        names.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new BenchException(
                    "-Dbench.only contains the unknown scenario '%s'; valid names: %s"
                            .formatted(String.join("', '", unknown), String.join(", ", names)));
        }
    }
}
