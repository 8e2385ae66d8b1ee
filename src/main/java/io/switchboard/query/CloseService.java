package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.Scoped;
import io.switchboard.delivery.ConnectionCutoff;
import io.switchboard.delivery.Selection;
import io.switchboard.delivery.Target;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Reach;
import io.switchboard.query.Rejection.RefusedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Closes all peers that a request's targets select, on all nodes. Thread-safe.
 *
 * <p>Each node closes its own peers. A peer that connects after the request was made is not closed;
 * see {@link ConnectionCutoff}.
 */
@Component
public final class CloseService implements RpcHandler<CloseService.Request, CloseService.Answer> {
    /**
     * Asks a node to close the peers in reach that these targets select. Targets are in the API's
     * text form.
     */
    record Request(List<String> to, List<String> exclude, Farewell farewell, Reach reach)
            implements Scoped {
        Request {
            reach = Reach.orAll(reach);
        }
    }

    /**
     * The result at one node.
     *
     * @param closed the number of closed peers
     * @param absent the references that no live peer of the node has: the peer is unknown, or was
     *     closed before
     * @param refusal why the node closed no peer; null if it executed the request
     */
    record Answer(int closed, List<String> absent, @Nullable Rejection refusal) {}

    /**
     * The result over all nodes.
     *
     * @param matched the sum of {@code closed} and {@code failed}
     * @param closed the number of selected peers, each of which is now closed, by this request or
     *     meanwhile for another reason
     * @param failed the number of references for which no node has a live peer
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
    private final ClusterFanOut fanOut;

    CloseService(PeerRegistry registry, ClusterFanOut fanOut) {
        this.registry = registry;
        this.fanOut = fanOut;
    }

    /**
     * Closes the selected peers in reach, of all nodes. Blocks until all are closed.
     *
     * @throws RefusedException the farewell cannot be sent to some of the peers: the node that has
     *     them closes no peer, but other nodes may have closed theirs
     */
    public Closed close(List<Target> to, List<Target> exclude, Farewell farewell, Reach reach) {
        farewell.check();
        ConnectionCutoff cutoff = ConnectionCutoff.at(System.nanoTime());
        Request request = new Request(texts(to), texts(exclude), farewell, reach);
        var pending = fanOut.callAll(method(), request);
        Answer here = close(to, exclude, cutoff, farewell, reach);
        ClusterFanOut.Answers<Answer> there = fanOut.gather(pending);
        int closed = here.closed();
        Set<String> absentEverywhere = new HashSet<>(here.absent());
        for (Answer each : there.answers()) {
            Rejection refusal = each.refusal();
            if (refusal != null) {
                throw Rejection.of(
                        refusal.reason(), refusal.detail() + "; other nodes may have closed some");
            }
            closed += each.closed();
            absentEverywhere.retainAll(each.absent());
        }
        return new Closed(
                closed + absentEverywhere.size(),
                closed,
                absentEverywhere.size(),
                there.partial(),
                there.missing());
    }

    private static List<String> texts(List<Target> targets) {
        return targets.stream().map(Target::text).toList();
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("close", Request.class, Answer.class);
    }

    @Override
    public Answer handle(Request request, long sentAt) {
        try {
            return close(
                    request.to().stream().map(Target::parse).toList(),
                    request.exclude().stream().map(Target::parse).toList(),
                    ConnectionCutoff.at(sentAt),
                    request.farewell(),
                    request.reach());
        } catch (RefusedException e) {
            return new Answer(0, List.of(), e.refusal());
        }
    }

    private Answer close(
            List<Target> to,
            List<Target> exclude,
            ConnectionCutoff cutoff,
            Farewell farewell,
            Reach reach) {
        Selection selection = Selection.of(to, exclude, reach, cutoff, registry);
        int closed = farewell.close(selection.sessions(), reach);
        List<String> absent = new ArrayList<>(selection.closed());
        absent.addAll(selection.unknown());
        return new Answer(closed, absent, null);
    }
}
