package io.switchboard.web;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of {@code GET /peers}.
 *
 * @param total how many match, on all pages
 * @param limit how many a page holds at most
 * @param next what to pass as {@code after} for the next page; null on the last
 */
record PeerPage(long total, int limit, @Nullable String next, List<PeerRow> peers) {}
