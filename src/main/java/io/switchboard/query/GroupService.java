package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.peer.PeerRegistry;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Lists the groups of all nodes. A group exists while a live peer is in it. Thread-safe. */
@Component
public final class GroupService implements RpcHandler<GroupService.Request, GroupService.Sizes> {
    static final RpcMethod<Request, Sizes> METHOD =
            new RpcMethod<>("groups", Request.class, Sizes.class);

    record Request() {}

    /** How many live peers of one node each group has. */
    record Sizes(SortedMap<String, Integer> groups) {}

    /**
     * One group.
     *
     * @param peers how many live peers are in it
     */
    public record Group(String name, int peers) {}

    /**
     * All groups by name.
     *
     * @param partial true if nodes that did not answer may have more; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    public record Groups(
            int total,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing,
            List<Group> groups) {}

    private final PeerRegistry registry;
    private final ClusterFanOut fanOut;

    GroupService(PeerRegistry registry, ClusterFanOut fanOut) {
        this.registry = registry;
        this.fanOut = fanOut;
    }

    /** Returns the groups of all nodes that answer. */
    public Groups list() {
        var pending = fanOut.callAll(METHOD, new Request());
        SortedMap<String, Integer> sizes = registry.groups();
        ClusterFanOut.Answers<Sizes> there = fanOut.gather(pending);
        for (Sizes each : there.answers()) {
            each.groups().forEach((name, peers) -> sizes.merge(name, peers, Integer::sum));
        }
        List<Group> groups =
                sizes.entrySet().stream()
                        .map(each -> new Group(each.getKey(), each.getValue()))
                        .toList();
        return new Groups(groups.size(), there.partialOrNull(), there.missingOrNull(), groups);
    }

    @Override
    public RpcMethod<Request, Sizes> method() {
        return METHOD;
    }

    @Override
    public Sizes handle(Request request, long askedAt) {
        return new Sizes(registry.groups());
    }
}
