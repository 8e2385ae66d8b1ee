package io.switchboard.bench.report;

import io.switchboard.bench.contestant.ScriptServer;
import java.util.List;

/** All targets of Switchboard. */
final class Targets {
    private static final List<Target> ALL =
            List.of(
                    Target.atLeastNode("broadcast.1000.1", 1.3),
                    Target.atLeastNode("broadcast.10000.1", 1.3),
                    Target.atLeastNode("broadcast.1000.16", 7),
                    Target.atLeastNode("broadcast.10000.64", 20),
                    Target.atLeastNode("post.16", 1.1),
                    Target.atLeastNode("post.64", 1.3),
                    Target.atLeast("post.json.1", "post.1", "raw", 0.8),
                    Target.atLeast("post.json.16", "post.16", "raw", 0.8),
                    Target.atLeast("post.json.64", "post.64", "raw", 0.8),
                    new Target(
                            "batch", "post.16", ScriptServer.NODE, true, 3, "≥ 3 × node's POST/s"),
                    Target.atMostNode("rate.p99", 1),
                    Target.atMostNode("rate.p99.9", 1.5),
                    Target.atLeastNode("inbound", 1),
                    Target.atMost("memory.base", 160, "MB"),
                    Target.atMost("memory.peer.10000", 4, "KB"),
                    Target.atMost("memory.heap.10000", 1.8, "KB"),
                    Target.atLeastNode("connect.row", 0.8),
                    Target.atLeastNode("connect.once", 1.5),
                    // The target is that both are equal; up to 15 % less counts as equal on such a
                    // machine.
                    Target.atLeast(
                            "connect.row.last", "connect.row.first", "the first tenth", 0.85),
                    Target.atMost("list.10000", "list.100", "with few", 3),
                    Target.atMost("slow.with", "slow.without", "without", 1.2),
                    Target.atMost("start.aot", "start.unpacked", "without cache", 0.45),
                    Target.atMost("idle.10000", 0.5, "%"),
                    Target.atMost("idle.15000", 0.5, "%"),
                    Target.atLeast("hostile.callers-100.answers", 5_000, "/s"),
                    Target.atLeast("hostile.callers-1000.answers", 5_000, "/s"),
                    Target.atLeast("hostile.callers-5000.answers", 5_000, "/s"));

    private static final Target CALM_PROBE = Target.atMost("", 50, "ms");
    private static final Target NEVER = Target.atMost("", 0, "");

    private Targets() {}

    static List<Target> of(Measure measure) {
        String key = measure.key();
        if (key.matches("hostile\\.[a-z0-9-]+")) {
            return List.of(CALM_PROBE.of(key));
        }
        if (key.startsWith("hostile.sum.")) {
            return List.of(NEVER.of(key));
        }
        return ALL.stream().filter(target -> target.key().equals(key)).toList();
    }
}
