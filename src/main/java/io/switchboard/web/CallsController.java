package io.switchboard.web;

import io.switchboard.peer.KeptCalls;
import io.switchboard.peer.KeptCalls.KeptCall;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /calls}: the connections that this node keeps connected. */
@RestController
final class CallsController {

    record Calls(int total, List<KeptCall> calls) {}

    private final KeptCalls kept;

    CallsController(KeptCalls kept) {
        this.kept = kept;
    }

    @GetMapping("/calls")
    Calls calls() {
        List<KeptCall> all = kept.all();
        return new Calls(all.size(), all);
    }

    /** Stops to reconnect; a peer that is connected stays connected. */
    @DeleteMapping("/calls/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(@PathVariable String id) {
        if (!id.matches("\\d{1,18}") || !kept.end(Long.parseLong(id))) {
            throw new ApiProblem(
                    HttpStatus.NOT_FOUND,
                    "unknown",
                    "no call '" + id + "' is kept; GET /calls lists those that are");
        }
    }
}
