package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A peer in a list. */
sealed interface ListedPeer {

    /** What JSON has of it. */
    Object json();

    /** What a table has of it; see {@link PeerTable#cells}. */
    List<@Nullable String> cells(Instant now);

    /** One of this node's. */
    record Here(@JsonValue PeerRow json) implements ListedPeer {
        @Override
        public List<@Nullable String> cells(Instant now) {
            return PeerTable.cells(json, now);
        }
    }

    /** One of another node's, which has spelled it. */
    record There(@JsonValue JsonNode json, List<@Nullable String> cells) implements ListedPeer {
        @Override
        public List<@Nullable String> cells(Instant now) {
            return cells;
        }
    }
}
