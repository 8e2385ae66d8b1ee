package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Lists the groups of all nodes. A group exists while a live peer is in it. Thread-safe. */
@Component
public final class GroupService implements RpcHandler<GroupService.Request, GroupService.Sizes> {
    /** Asks a node for the groups of its peers in reach. */
    record Request(Reach reach) implements Scoped {
        Request {
            reach = Reach.orAll(reach);
        }
    }

    /** The groups of one node: the number of live peers by name. */
    record Sizes(SortedMap<String, Integer> groups) {}

    /** A group and the number of live peers in it. */
    public record Group(String name, int peers) {}

    /**
     * All groups, sorted by name.
     *
     * @param total the number of groups
     * @param partial true if nodes that did not answer may have more groups or more peers in them;
     *     otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Groups(
            int total,
            @Nullable Boolean partial,
            @Nullable List<String> missing,
            List<Group> groups) {}

    private final PeerRegistry registry;
    private final ClusterFanOut fanOut;

    GroupService(PeerRegistry registry, ClusterFanOut fanOut) {
        this.registry = registry;
        this.fanOut = fanOut;
    }

    /**
     * Returns the groups of the peers in reach, of all nodes that answer. Blocks until every node
     * has answered or failed to.
     */
    public Groups list(Reach reach) {
        var pending = fanOut.callAll(method(), new Request(reach));
        SortedMap<String, Integer> sizes = registry.groups(reach);
        ClusterFanOut.Answers<Sizes> there = fanOut.gather(pending);
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
    public Sizes handle(Request request, long sentAt) {
        return new Sizes(registry.groups(request.reach()));
    }
}
