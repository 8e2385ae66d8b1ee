package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.delivery.ConnectionCutoff;
import io.switchboard.delivery.Selection;
import io.switchboard.delivery.Target;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.query.Refusal.RefusedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Closes all peers that targets select, on all nodes. Thread-safe. */
@Component
public final class CloseService implements RpcHandler<CloseService.Request, CloseService.Answer> {
    /** Asks a node to close its peers that these targets, as the API writes them, select. */
    record Request(List<String> to, List<String> exclude, Farewell farewell) {}

    /**
     * The result at one node.
     *
     * @param absent references of unknown peers, or of peers that were closed already
     * @param refusal why none was closed; null if they were
     */
    record Answer(int closed, List<String> absent, @Nullable Refusal refusal) {}

    /**
     * The result when all peers are closed.
     *
     * @param matched how many targets there were, absent ones included
     * @param closed how many peers were closed, by this request or meanwhile by something else
     * @param failed how many references no node has a live peer for
     * @param partial true if nodes that did not answer may have more peers; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    public record Closed(
            int matched,
            int closed,
            int failed,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing) {}

    private final PeerRegistry registry;
    private final Nodes nodes;

    CloseService(PeerRegistry registry, Nodes nodes) {
        this.registry = registry;
        this.nodes = nodes;
    }

    /**
     * Closes them. Blocks until all are closed.
     *
     * @throws RefusedException the farewell cannot be sent to some of them; at this node none is
     *     closed
     */
    public Closed close(List<Target> to, List<Target> exclude, Farewell farewell) {
        farewell.check();
        ConnectionCutoff present = ConnectionCutoff.at(System.nanoTime());
        Request request = new Request(spelled(to), spelled(exclude), farewell);
        var pending = nodes.callAll(method(), request);
        Answer here = close(to, exclude, present, farewell);
        Nodes.Answers<Answer> there = nodes.gather(pending);
        int closed = here.closed();
        Set<String> absent = new HashSet<>(here.absent()); // at every node that has answered
        for (Answer each : there.answers()) {
            Refusal refusal = each.refusal();
            if (refusal != null) {
                throw Refusal.of(
                        refusal.reason(), refusal.detail() + "; other nodes may have closed some");
            }
            closed += each.closed();
            absent.retainAll(each.absent());
        }
        return new Closed(
                closed + absent.size(), closed, absent.size(), there.partial(), there.missing());
    }

    private static List<String> spelled(List<Target> targets) {
        return targets.stream().map(Target::spelled).toList();
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("close", Request.class, Answer.class);
    }

    @Override
    public Answer handle(Request request, long askedAt) {
        try {
            return close(
                    request.to().stream().map(Target::parse).toList(),
                    request.exclude().stream().map(Target::parse).toList(),
                    ConnectionCutoff.at(askedAt),
                    request.farewell());
        } catch (RefusedException e) {
            return new Answer(0, List.of(), e.refusal());
        }
    }

    private Answer close(
            List<Target> to, List<Target> exclude, ConnectionCutoff present, Farewell farewell) {
        Selection selection = Selection.of(to, exclude, present, registry);
        farewell.close(selection.sessions());
        List<String> absent = new ArrayList<>(selection.closed());
        absent.addAll(selection.unknown());
        return new Answer(selection.sessions().size(), absent, null);
    }
}
