package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of {@code GET /peers}.
 *
 * @param total how many match, on all pages
 * @param limit how many a page holds at most
 * @param next what to pass as {@code after} for the next page; null on the last
 * @param partial true where there may be more at nodes that did not answer; else null
 * @param missing the names of those of them that are known; else null
 */
record PeerPage(
        long total,
        int limit,
        @Nullable String next,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing,
        List<ListedPeer> peers) {}
