package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list of peers.
 *
 * @param total how many peers match, on all pages
 * @param limit how many peers a page contains at most
 * @param next the cursor of the next page; null on the last
 * @param partial true if nodes that did not answer may have more peers; otherwise null
 * @param missing the names of those nodes, as far as they are known; null unless {@code partial}
 */
public record PeerPage(
        long total,
        int limit,
        @Nullable String next,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing,
        List<PeerRow> peers) {}
