package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Which node has the peer of a reference: an id says so itself; for a name all are asked. */
@Component
final class Owners implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("name", byte[].class, byte[].class);
    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * Who is called so at one node.
     *
     * @param live ids
     * @param closed whether the last one of that name is closed
     */
    record Called(List<String> live, boolean closed) {}

    private final Cluster nodes;
    private final PeerRegistry registry;

    Owners(Cluster nodes, PeerRegistry registry) {
        this.nodes = nodes;
        this.registry = registry;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) {
        return JSON.writeValueAsBytes(called(new String(request, UTF_8)));
    }

    private Called called(String name) {
        return switch (registry.find(name)) {
            case Lookup.Live(PeerSession session) ->
                    new Called(List.of(session.id().toString()), false);
            case Lookup.Several(List<PeerSession> several) ->
                    new Called(several.stream().map(each -> each.id().toString()).toList(), false);
            case Lookup.Closed _ -> new Called(List.of(), true);
            case Lookup.Unknown _ -> new Called(List.of(), false);
        };
    }

    /**
     * The other node that has it; nothing where this one has it, or nobody.
     *
     * @throws ApiProblem 409 where several peers are called so, 503 or 504 where a node that may
     *     have it does not answer
     */
    Optional<Node> owner(String reference) {
        if (nodes.single()) {
            return Optional.empty();
        }
        return PeerId.parse(reference).map(this::ofId).orElseGet(() -> ofName(reference));
    }

    private Optional<Node> ofId(PeerId id) {
        if (id.node().equals(nodes.self().id())) {
            return Optional.empty();
        }
        Optional<Node> node = nodes.find(id.node());
        if (node.isEmpty() && !nodes.connected()) {
            throw ApiProblem.busUnavailable("peer '" + id + "'");
        }
        return node;
    }

    private Optional<Node> ofName(String name) {
        Map<Node, CompletableFuture<RpcResult<byte[]>>> asked =
                nodes.callAll(nodes.others(), METHOD, name.getBytes(UTF_8));
        List<String> live = new ArrayList<>(called(name).live());
        Optional<Node> owner = Optional.empty();
        Optional<Node> last = Optional.empty();
        Runnable silence = null;
        for (Map.Entry<Node, CompletableFuture<RpcResult<byte[]>>> each : asked.entrySet()) {
            byte[] given = Carrier.await(each.getValue()).toOptional().orElse(null);
            if (given == null) {
                silence = () -> Carrier.given(each.getKey(), each.getValue());
            } else {
                Called called = JSON.readValue(given, Called.class);
                live.addAll(called.live());
                if (!called.live().isEmpty()) {
                    owner = Optional.of(each.getKey());
                } else if (called.closed()) {
                    last = Optional.of(each.getKey());
                }
            }
        }
        if (live.size() > 1) {
            throw Peers.ambiguous(name, live);
        }
        if (live.isEmpty() && silence != null) {
            silence.run(); // says which
        }
        if (live.isEmpty() && !nodes.connected()) {
            throw ApiProblem.busUnavailable("peer '" + name + "'");
        }
        boolean closedHere = registry.find(name) instanceof Lookup.Closed;
        return live.isEmpty() && !closedHere ? last : owner;
    }
}
