package io.switchboard.web;

import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.peer.Transport;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /peers}: lists peers, as JSON or for {@code Accept: text/plain} as a table. A value
 * that means nothing is a 400 that says what would mean something; an empty one too, because it is
 * more often a variable that was not set than a wish for everything.
 */
@RestController
final class PeerListController {
    private static final int MOST = 1_000;
    private static final int UNLESS_SAID = 100;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,4}");

    private final PeerPages pages;
    private final Listeners listeners;

    PeerListController(PeerPages pages, Listeners listeners) {
        this.pages = pages;
        this.listeners = listeners;
    }

    @GetMapping(
            path = "/peers",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    PeerPage list(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable String group,
            @RequestParam(required = false) @Nullable String listener,
            @RequestParam(required = false) @Nullable String transport,
            @RequestParam(required = false) @Nullable String q,
            @RequestParam(required = false) @Nullable String sort,
            @RequestParam(required = false) @Nullable String limit,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(required = false) @Nullable String socket) {
        PeerFilter filter =
                new PeerFilter(
                        state == null ? PeerFilter.State.OPEN : PeerFilter.State.parse(state),
                        name == null ? null : name(name),
                        group == null ? null : group(group),
                        listener == null ? null : listener(listener),
                        transport == null ? null : transport(transport),
                        q == null ? null : search(q));
        PeerSort order = sort == null ? PeerSort.DEFAULT : PeerSort.parse(sort);
        PeerQuery query =
                new PeerQuery(filter, order, socket != null && Flag.parse("socket", socket));
        return pages.page(query, limit == null ? UNLESS_SAID : limit(limit), after);
    }

    private static String name(String name) {
        refuse("name", Names.objectionToName(name));
        return name;
    }

    private static String group(String group) {
        refuse("group", Names.objectionToGroup(group));
        return group;
    }

    private static void refuse(String parameter, Optional<String> objection) {
        if (objection.isPresent()) {
            throw ApiProblem.badRequest(parameter + ": " + objection.get());
        }
    }

    private static String search(String q) {
        if (q.isEmpty()) {
            throw ApiProblem.badRequest("q is empty: leave it out, or say what to look for");
        }
        return q;
    }

    private Listener listener(String name) {
        return listeners
                .find(name)
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "listener='"
                                                + name
                                                + "': known are "
                                                + listeners.all().stream()
                                                        .map(Listener::name)
                                                        .collect(Collectors.joining(", "))));
    }

    private static Transport transport(String word) {
        try {
            return Transport.of(word);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest("transport: " + e.getMessage());
        }
    }

    private static int limit(String text) {
        int limit = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > MOST) {
            throw ApiProblem.badRequest("limit=" + text + ": it takes 1 to " + MOST);
        }
        return limit;
    }
}
