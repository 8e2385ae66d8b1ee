package io.switchboard.bench;

import java.util.List;

/** What Switchboard should reach, in one place. */
final class Targets {
    private static final List<Target> ALL =
            List.of(
                    Target.leastOfNode("broadcast.1000.1", 1.3),
                    Target.leastOfNode("broadcast.10000.1", 1.3),
                    Target.leastOfNode("broadcast.1000.16", 7),
                    Target.leastOfNode("broadcast.10000.64", 20),
                    Target.leastOfNode("post.16", 1.1),
                    Target.leastOfNode("post.64", 1.3),
                    Target.leastOf("post.json.1", "post.1", "raw", 0.8),
                    Target.leastOf("post.json.16", "post.16", "raw", 0.8),
                    Target.leastOf("post.json.64", "post.64", "raw", 0.8),
                    new Target("batch", "post.16", Script.NODE, true, 3, "≥ 3 × node's POST/s"),
                    Target.mostOfNode("rate.p99", 1),
                    Target.mostOfNode("rate.p99.9", 1.5),
                    Target.leastOfNode("inbound", 1),
                    Target.most("memory.base", 160, "MB"),
                    Target.most("memory.peer.10000", 4, "KB"),
                    Target.most("memory.heap.10000", 1.8, "KB"),
                    Target.leastOfNode("connect.row", 0.8),
                    Target.leastOfNode("connect.once", 1.5),
                    // "the same" within what counts as a tie on such a machine
                    Target.leastOf(
                            "connect.row.last", "connect.row.first", "the first tenth", 0.85),
                    Target.mostOf("list.10000", "list.100", "with few", 3),
                    Target.mostOf("slow.with", "slow.without", "without", 1.2),
                    Target.mostOf("start.aot", "start.unpacked", "without cache", 0.45));

    private Targets() {}

    static List<Target> of(Measure measure) {
        return ALL.stream().filter(target -> target.key().equals(measure.key())).toList();
    }
}
