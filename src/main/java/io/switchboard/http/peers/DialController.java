package io.switchboard.http.peers;

import io.switchboard.http.AnswerSizes;
import io.switchboard.http.PayloadFields;
import io.switchboard.http.access.Client;
import io.switchboard.http.audit.Audit;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Reach;
import io.switchboard.peer.dial.Dialler.Tls;
import io.switchboard.peer.dial.KeptConnections;
import io.switchboard.peer.dial.KeptConnections.KeptConnection;
import io.switchboard.query.DialService;
import io.switchboard.query.PeerFinder.PeerRow;
import jakarta.validation.constraints.NotBlank;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** {@code POST /peers}: connect(2) over HTTP; and {@code /calls}: the kept connections. */
@RestController
public final class DialController {

    /** The body of {@code POST /peers}. */
    public record Dial(
            @NotBlank(message = "it takes a name or an address") @Nullable String host,
            @Range(min = 1, max = 65_535, message = "it takes 1 to 65535") int port,
            @Nullable String listener,
            @Nullable String name,
            @DurationMin(millis = 1, message = "it takes 1ms to 1m")
                    @DurationMax(minutes = 1, message = "it takes 1ms to 1m")
                    @Nullable Duration timeout,
            @Nullable Boolean keep,
            @Nullable Tls tls,
            @Nullable First first,
            @Nullable String node)
            implements Audit.Audited {
        private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

        @Override
        public List<String> auditTargets() {
            return List.of(host + ":" + port);
        }

        /** Returns the request of a client with this reach; absent fields have their defaults. */
        public DialService.Request toRequest(Reach reach) {
            return new DialService.Request(
                    Objects.requireNonNull(host),
                    port,
                    listener,
                    name,
                    timeout == null ? DEFAULT_TIMEOUT : timeout,
                    Boolean.TRUE.equals(keep),
                    tls,
                    first == null ? null : first.payload(),
                    first != null && first.text(),
                    reach);
        }
    }

    /**
     * The first message to a remote end: an object with {@code text}, {@code hex} or {@code
     * base64}.
     */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    public record First(byte[] payload, boolean text) {
        /**
         * Reads the field {@code first}.
         *
         * @throws IllegalArgumentException it is not such an object
         */
        public static First parse(JsonNode field) {
            if (field.size() != 1 || !field.isObject()) {
                throw new IllegalArgumentException(EXPECTED);
            }
            Map.Entry<String, JsonNode> only = field.properties().iterator().next();
            if (!PayloadFields.NAMES.contains(only.getKey()) || !only.getValue().isString()) {
                throw new IllegalArgumentException(EXPECTED);
            }
            return new First(
                    PayloadFields.decode(only.getKey(), only.getValue().stringValue()),
                    only.getKey().equals("text"));
        }

        private static final String EXPECTED =
                "it takes an object with one of text, hex and base64, such as {\"text\": \"hello\"}";
    }

    /**
     * Reads the field {@code tls}; null means plain TCP.
     *
     * @throws IllegalArgumentException it is neither true nor false nor a name
     */
    public static @Nullable Tls tls(JsonNode field) {
        if (field.isBoolean()) {
            return field.booleanValue() ? new Tls(null) : null;
        }
        if (!field.isString() || field.stringValue().isBlank()) {
            throw new IllegalArgumentException(
                    "it takes true, false or the name of an SSL bundle (spring.ssl.bundle.*)");
        }
        return new Tls(field.stringValue());
    }

    record Calls(int total, List<KeptConnection> calls) implements AnswerSizes.Sized {
        private static final int CALL_BYTES = 192;

        @Override
        public long heldBytes() {
            return (long) total * CALL_BYTES;
        }
    }

    private final DialService dials;
    private final KeptConnections kept;

    public DialController(DialService dials, KeptConnections kept) {
        this.dials = dials;
        this.kept = kept;
    }

    /**
     * Connects and answers 201 with the peer. If the first attempt fails and {@code keep} is set,
     * answers 202 with the kept connection. Each node lists and ends only its own, by ids of its
     * own: so there is no Location if another node keeps it.
     */
    @PostMapping("/peers")
    public ResponseEntity<?> dial(Dial dial, @AuthenticationPrincipal Client client) {
        DialService.Dialled dialled = dials.dial(dial.toRequest(client.reach()), dial.node());
        PeerRow peer = dialled.answer().peer();
        if (peer != null) {
            return ResponseEntity.created(URI.create("/peers/" + peer.peer().id())).body(peer);
        }
        KeptConnection call = Objects.requireNonNull(dialled.answer().kept());
        ResponseEntity.BodyBuilder accepted = ResponseEntity.accepted();
        if (!dialled.elsewhere()) {
            accepted.header(HttpHeaders.LOCATION, "/calls/" + call.id());
        }
        return accepted.body(call);
    }

    @GetMapping("/calls")
    Calls calls(@AuthenticationPrincipal Client client) {
        List<KeptConnection> all = kept.all(client.reach());
        return new Calls(all.size(), all);
    }

    /** Ends a kept connection: the service no longer reconnects, but a connected peer stays. */
    @DeleteMapping("/calls/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(@PathVariable String id, @AuthenticationPrincipal Client client) {
        if (!id.matches("\\d{1,18}") || !kept.end(Long.parseLong(id), client.reach())) {
            String detail =
                    "no kept connection has the id '"
                            + id
                            + "'; GET /calls lists the kept connections";
            throw new ApiProblem(HttpStatus.NOT_FOUND, "unknown", detail);
        }
    }
}
