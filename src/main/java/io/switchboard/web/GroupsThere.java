package io.switchboard.web;

import io.switchboard.node.Operation;
import io.switchboard.node.Request;
import io.switchboard.peer.PeerRegistry;
import java.util.SortedMap;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** What another node asks of this one for the groups of all nodes. */
@Component
final class GroupsThere implements Operation {
    static final String WORD = "groups";
    private static final JsonMapper JSON = JsonMapper.shared();

    /** How many of this node's peers each has. */
    record Sizes(SortedMap<String, Integer> groups) {}

    private final PeerRegistry registry;

    GroupsThere(PeerRegistry registry) {
        this.registry = registry;
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public byte[] answer(Request request) {
        return JSON.writeValueAsBytes(new Sizes(registry.groups()));
    }
}
