package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.delivery.Presence;
import io.switchboard.delivery.Target;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
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
     * @param partial true where there may be more at nodes that did not answer; else null
     * @param missing the names of those of them that are known; else null
     */
    record Closed(
            int matched,
            int closed,
            int failed,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing) {}

    private final Closing closing;
    private final Everywhere everywhere;

    CloseController(Closing closing, Everywhere everywhere) {
        this.closing = closing;
        this.everywhere = everywhere;
    }

    @PostMapping("/peers/close")
    Closed close(HttpServletRequest request) throws IOException {
        JsonNode body = Body.object(request, FIELDS);
        List<Target> to = targets(body, "to");
        if (to.isEmpty()) {
            throw ApiProblem.badRequest("'to' is missing: whom to close");
        }
        List<Target> exclude = targets(body, "exclude");
        Farewell farewell = new Farewell(text(body, "reason"), text(body, "farewell"));
        Presence present = Presence.at(System.nanoTime());
        Everywhere.Asked asked =
                everywhere.ask(Closing.METHOD, Closing.Asked.of(to, exclude, farewell));
        Closing.Closed here = closing.close(to, exclude, present, farewell);
        Everywhere.Gathered<Closing.Closed> there = everywhere.gather(asked, Closing.Closed.class);
        int closed = here.closed();
        Set<String> absent = new HashSet<>(here.absent()); // from every node that has answered
        for (Closing.Closed each : there.answers()) {
            String objection = each.objection();
            if (objection != null) {
                throw new ApiProblem(
                        HttpStatus.UNPROCESSABLE_CONTENT,
                        "bad_payload",
                        objection + "; at other nodes they may be closed");
            }
            closed += each.closed();
            absent.retainAll(each.absent());
        }
        return new Closed(
                closed + absent.size(),
                closed,
                absent.size(),
                there.partialOrNull(),
                there.missingOrNull());
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
