package io.switchboard.web;

import io.switchboard.delivery.Selection;
import io.switchboard.delivery.Target;
import io.switchboard.peer.PeerRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** {@code POST /peers/close}: close(2) for many. */
@RestController
final class CloseController {
    private static final Set<String> FIELDS = Set.of("to", "exclude", "reason", "farewell");

    /**
     * What became of it, when all of them are closed.
     *
     * @param matched targets, with those that were not there
     * @param closed peers that this request, or something else meanwhile, has closed
     * @param failed references of nobody, or of peers that were closed already
     */
    record Closed(int matched, int closed, int failed) {}

    private final PeerRegistry registry;

    CloseController(PeerRegistry registry) {
        this.registry = registry;
    }

    @PostMapping("/peers/close")
    Closed close(HttpServletRequest request) throws IOException {
        JsonNode body = Body.object(request, FIELDS);
        List<Target> to = targets(body, "to");
        if (to.isEmpty()) {
            throw ApiProblem.badRequest("'to' is missing: whom to close");
        }
        Farewell farewell = new Farewell(text(body, "reason"), text(body, "farewell"));
        Selection selection = Selection.of(to, targets(body, "exclude"), registry);
        farewell.close(selection.sessions());
        int closed = selection.sessions().size();
        int failed = selection.closed().size() + selection.unknown().size();
        return new Closed(closed + failed, closed, failed);
    }

    private static List<Target> targets(JsonNode body, String field) {
        JsonNode value = body.get(field);
        List<Target> targets = new ArrayList<>();
        if (value != null && value.isArray()) {
            value.forEach(each -> targets.add(target(field, each)));
        } else if (value != null) {
            targets.add(target(field, value));
        }
        return targets;
    }

    private static Target target(String field, JsonNode value) {
        if (!value.isString()) {
            throw ApiProblem.badRequest(field + " is not a string or a list of them: " + value);
        }
        try {
            return Target.parse(value.stringValue());
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(field + ": " + e.getMessage());
        }
    }

    private static @Nullable String text(JsonNode body, String field) {
        JsonNode value = body.get(field);
        if (value != null && !value.isString()) {
            throw ApiProblem.badRequest(field + " is not a string: " + value);
        }
        return value == null ? null : value.stringValue();
    }
}
