package io.switchboard.peer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a peer goes by, besides its id.
 *
 * @param name null without one
 * @param groups ordered, each once
 * @param settled whether a frame or an operator has said it: what the peer sends is asked no more
 */
record Identity(@Nullable String name, List<String> groups, boolean settled) {
    static final Identity NONE = new Identity(null, List.of(), false);
}
