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
    record Request() {}

    record Sizes(SortedMap<String, Integer> groups) {}

    /** One group, and how many live peers are in it. */
    public record Group(String name, int peers) {}

    /**
     * All groups by name.
     *
     * @param partial true if nodes that did not answer may have more; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Groups(
            int total,
            @Nullable Boolean partial,
            @Nullable List<String> missing,
            List<Group> groups) {}

    private final PeerRegistry registry;
    private final Nodes nodes;

    GroupService(PeerRegistry registry, Nodes nodes) {
        this.registry = registry;
        this.nodes = nodes;
    }

    /** Returns the groups of all nodes that answer. */
    public Groups list() {
        var pending = nodes.callAll(method(), new Request());
        SortedMap<String, Integer> sizes = registry.groups();
        Nodes.Answers<Sizes> there = nodes.gather(pending);
        for (Sizes each : there.answers()) {
            each.groups().forEach((name, peers) -> sizes.merge(name, peers, Integer::sum));
        }
        List<Group> groups =
                sizes.entrySet().stream()
                        .map(each -> new Group(each.getKey(), each.getValue()))
                        .toList();
        return new Groups(groups.size(), there.partial(), there.missing(), groups);
    }

    @Override
    public RpcMethod<Request, Sizes> method() {
        return new RpcMethod<>("groups", Request.class, Sizes.class);
    }

    @Override
    public Sizes handle(Request request, long askedAt) {
        return new Sizes(registry.groups());
    }
}
