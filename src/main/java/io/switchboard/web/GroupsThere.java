package io.switchboard.web;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.peer.PeerRegistry;
import java.util.SortedMap;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** What another node asks of this one for the groups of all nodes. */
@Component
final class GroupsThere implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("groups", byte[].class, byte[].class);
    private static final JsonMapper JSON = JsonMapper.shared();

    /** How many of this node's peers each has. */
    record Sizes(SortedMap<String, Integer> groups) {}

    private final PeerRegistry registry;

    GroupsThere(PeerRegistry registry) {
        this.registry = registry;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) {
        return JSON.writeValueAsBytes(new Sizes(registry.groups()));
    }
}
