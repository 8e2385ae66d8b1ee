package io.switchboard.web;

import io.switchboard.peer.KeptCalls;
import io.switchboard.peer.KeptCalls.KeptCall;
import io.switchboard.query.DialService;
import io.switchboard.query.PeerFinder.PeerRow;
import jakarta.validation.constraints.NotBlank;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /peers}: connect(2) over HTTP; and {@code /calls}, what is kept connected. */
@RestController
final class DialController {

    /** The body of {@code POST /peers}. */
    record Dial(
            @NotBlank(message = "it takes a name or an address") @Nullable String host,
            @Range(min = 1, max = 65_535, message = "it takes 1 to 65535") int port,
            @Nullable String listener,
            @Nullable String name,
            @DurationMin(millis = 1, message = "it takes 1ms to 1m")
                    @DurationMax(minutes = 1, message = "it takes 1ms to 1m")
                    @Nullable Duration timeout,
            @Nullable Boolean keep,
            @Nullable String node) {
        private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

        DialService.Request toRequest() {
            return new DialService.Request(
                    Objects.requireNonNull(host),
                    port,
                    listener,
                    name,
                    timeout == null ? DEFAULT_TIMEOUT : timeout,
                    Boolean.TRUE.equals(keep));
        }
    }

    record Calls(int total, List<KeptCall> calls) {}

    private final DialService dials;
    private final KeptCalls kept;

    DialController(DialService dials, KeptCalls kept) {
        this.dials = dials;
        this.kept = kept;
    }

    /**
     * Connects, and answers 201 with the peer. With {@code keep}, and if the remote end does not
     * answer yet, answers 202 with the kept connection.
     */
    @PostMapping("/peers")
    ResponseEntity<?> dial(Dial dial) {
        DialService.Answer answer = dials.dial(dial.toRequest(), dial.node());
        PeerRow peer = answer.peer();
        if (peer != null) {
            return ResponseEntity.created(URI.create("/peers/" + peer.peer().id())).body(peer);
        }
        KeptCall call = Objects.requireNonNull(answer.kept());
        String location = "/calls/" + call.id();
        return ResponseEntity.accepted().header(HttpHeaders.LOCATION, location).body(call);
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
            String detail = "no call '" + id + "' is kept; GET /calls lists those that are";
            throw new ApiProblem(HttpStatus.NOT_FOUND, "unknown", detail);
        }
    }
}
