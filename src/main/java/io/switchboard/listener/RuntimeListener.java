package io.switchboard.listener;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A listener of the API that belongs to this node.
 *
 * @param node the name of the only node that has it; null if every node has it
 * @param keys its keys as a client has written them
 * @param error why it is not open; null if it is
 */
record RuntimeListener(
        String name, @Nullable String node, Map<String, Object> keys, @Nullable String error) {

    RuntimeListener withError(@Nullable String reason) {
        return new RuntimeListener(name, node, keys, reason);
    }
}
