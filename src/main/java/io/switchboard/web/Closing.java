package io.switchboard.web;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.delivery.Presence;
import io.switchboard.delivery.Selection;
import io.switchboard.delivery.Target;
import io.switchboard.peer.PeerRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Closes those of this node's peers that are meant, for its own clients and for other nodes. */
@Component
final class Closing implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("close", byte[].class, byte[].class);
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What is asked; targets as the API spells them. */
    record Asked(
            List<String> to,
            List<String> exclude,
            @Nullable String reason,
            @Nullable String farewell) {

        static Asked of(List<Target> to, List<Target> exclude, Farewell farewell) {
            return new Asked(
                    to.stream().map(Target::spelled).toList(),
                    exclude.stream().map(Target::spelled).toList(),
                    farewell.reason(),
                    farewell.text());
        }
    }

    /**
     * What became of it at one node.
     *
     * @param absent references of nobody there, or of peers that were closed already
     * @param objection why none was closed; null where they were
     */
    record Closed(int closed, List<String> absent, @Nullable String objection) {}

    private final PeerRegistry registry;

    Closing(PeerRegistry registry) {
        this.registry = registry;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) {
        Asked asked = JSON.readValue(request, Asked.class);
        try {
            Farewell farewell = new Farewell(asked.reason(), asked.farewell());
            return JSON.writeValueAsBytes(
                    close(
                            targets(asked.to()),
                            targets(asked.exclude()),
                            Presence.at(askedAt),
                            farewell));
        } catch (ApiProblem problem) {
            return JSON.writeValueAsBytes(
                    new Closed(0, List.of(), String.valueOf(problem.getBody().getDetail())));
        }
    }

    private static List<Target> targets(List<String> spelled) {
        return spelled.stream().map(Target::parse).toList();
    }

    /**
     * Closes them, and returns when all are closed.
     *
     * @param present who may be meant
     * @throws ApiProblem see {@link Farewell#close}
     */
    Closed close(List<Target> to, List<Target> exclude, Presence present, Farewell farewell) {
        Selection selection = Selection.of(to, exclude, present, registry);
        farewell.close(selection.sessions());
        List<String> absent = new ArrayList<>(selection.closed());
        absent.addAll(selection.unknown());
        return new Closed(selection.sessions().size(), absent, null);
    }
}
