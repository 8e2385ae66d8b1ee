package io.switchboard.http.peers;

import static org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.switchboard.delivery.Target;
import io.switchboard.http.AnswerBudget;
import io.switchboard.http.AnswerSizes;
import io.switchboard.http.RequestBinder.NullMeans;
import io.switchboard.http.Tables;
import io.switchboard.http.access.Client;
import io.switchboard.http.audit.Audit;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.net.Texts;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.query.CloseService;
import io.switchboard.query.Farewell;
import io.switchboard.query.GroupService;
import io.switchboard.query.PeerChange;
import io.switchboard.query.PeerFilter;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerService;
import io.switchboard.query.PeerSort;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.charset.Charset;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /peers} and {@code /groups}: getpeername(2), recv(2) and close(2), over HTTP. */
@RestController
public final class PeersController {
    private static final int DEFAULT_LIMIT = 100;
    private static final MediaType TEXT = MediaType.parseMediaType(Tables.TEXT);

    /** The query of {@code GET /peers} besides {@link PeerFilter}. */
    public record Paging(
            @Nullable PeerSort sort,
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @Nullable String after,
            @Nullable Boolean socket) {}

    /**
     * The body of {@code PATCH /peers/{peer}}. A JSON null removes the name or disables the idle
     * timeout.
     */
    public record Change(
            @NullMeans(PeerChange.NO_NAME) @Nullable String name,
            @Size(max = PeerRegistry.MAX_GROUPS, message = "it takes at most 64 names")
                    @Nullable List<String> groups,
            @NullMeans("0s") @Nullable Duration idleTimeout,
            @Nullable Boolean noDelay,
            @Nullable Boolean keepAlive) {

        /** Returns the change that this body describes. */
        public PeerChange toChange() {
            return new PeerChange(name, groups, null, null, idleTimeout, noDelay, keepAlive);
        }
    }

    /** The query of {@code DELETE /peers/{peer}}. */
    record Close(@Nullable String reason, @Nullable String farewell) {}

    /** The body of {@code POST /peers/close}. */
    public record CloseMany(
            @NotEmpty(message = "it takes the peers to close, such as all, an id or a name")
                    @Size(
                            max = Target.MAX_TARGETS,
                            message = "it takes at most " + Target.MAX_TARGETS + " targets")
                    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    @Nullable List<Target> to,
            @Size(
                            max = Target.MAX_TARGETS,
                            message = "it takes at most " + Target.MAX_TARGETS + " targets")
                    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    @Nullable List<Target> exclude,
            @Nullable String reason,
            @Nullable String farewell)
            implements Audit.Audited {
        @Override
        public List<String> auditTargets() {
            return to == null ? List.of() : to.stream().map(Target::text).toList();
        }
    }

    /** The query of {@code GET /peers/{peer}/messages}. */
    public record MessagesQuery(
            @Min(value = 0, message = "it takes the 'next' of an earlier answer, or 0")
                    @Nullable Long after,
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @JsonProperty("wait") @DurationMax(minutes = 5, message = "it takes 0s to 5m")
                    @Nullable Duration timeout,
            @Pattern(regexp = "json|hexdump", message = "known are json and hexdump")
                    @Nullable String format,
            @Pattern(regexp = "received|sent", message = "known are received and sent")
                    @Nullable String direction,
            @Nullable Boolean hex) {
        boolean sent() {
            return "sent".equals(direction);
        }
    }

    /**
     * A message, as text if it is valid in the charset, otherwise in base64.
     *
     * @param hex the bytes in hexadecimal digits; null unless the query asks for them
     * @param complete false if the peer ended its stream before the end of the message; otherwise
     *     null
     * @param delivery the id of the delivery or of the stored message; null for a received message
     * @param status what became of a sent message; null for a received one
     * @param reason why a sent message failed; otherwise null
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @SuppressWarnings("ArrayRecordComponent") // Jackson writes it in base64
    record Message(
            long seq,
            Instant at,
            @Nullable String text,
            byte @Nullable [] base64,
            @Nullable String hex,
            @Nullable Boolean complete,
            @Nullable String delivery,
            @Nullable String status,
            @Nullable String reason) {
        private static final int MESSAGE_BYTES = 192;

        /** What a character takes: one or more bytes of the payload, and one or two of the text. */
        private static final int CHAR_BYTES = 4;

        static Message of(PeerService.Message message, boolean withHex) {
            Charset charset = Texts.charset(message.charset());
            String text = Texts.decode(message.payload(), charset).orElse(null);
            byte[] base64 = text == null ? message.payload() : null;
            String hex = withHex ? HexFormat.of().formatHex(message.payload()) : null;
            Boolean complete = message.incomplete() ? false : null;
            PeerService.Sent sent = message.sent();
            return new Message(
                    message.seq(),
                    message.at(),
                    text,
                    base64,
                    hex,
                    complete,
                    sent == null ? null : sent.delivery(),
                    sent == null ? null : sent.status(),
                    sent == null ? null : sent.reason());
        }

        long heldBytes() {
            long length = text == null ? 0 : (long) text.length() * CHAR_BYTES;
            return length
                    + MESSAGE_BYTES
                    + (base64 == null ? 0 : base64.length)
                    + (hex == null ? 0 : hex.length());
        }
    }

    /** The answer of {@code GET /peers/{peer}/messages}. */
    record Messages(List<Message> messages, long next, long missed) implements AnswerSizes.Sized {
        @Override
        public long heldBytes() {
            return messages.stream().mapToLong(Message::heldBytes).sum();
        }
    }

    private final PeerListService lists;
    private final PeerService peers;
    private final CloseService closes;
    private final GroupService groups;
    private final AnswerBudget answers;

    public PeersController(
            PeerListService lists,
            PeerService peers,
            CloseService closes,
            GroupService groups,
            AnswerBudget answers) {
        this.lists = lists;
        this.peers = peers;
        this.closes = closes;
        this.groups = groups;
        this.answers = answers;
    }

    /** Lists peers as JSON, or as a table if the request accepts text/plain. */
    @GetMapping(
            path = "/peers",
            produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
    PeerPage list(
            PeerFilter filter,
            Paging paging,
            HttpServletRequest request,
            @AuthenticationPrincipal Client client) {
        PeerSort sort = Objects.requireNonNullElse(paging.sort(), PeerSort.DEFAULT);
        PeerQuery query =
                new PeerQuery(filter, sort, Boolean.TRUE.equals(paging.socket()), client.reach());
        int limit = Objects.requireNonNullElse(paging.limit(), DEFAULT_LIMIT);
        answers.reserve(
                request, (long) lists.maxCollected(limit, client.reach()) * AnswerSizes.ROW_BYTES);
        return lists.page(query, limit, paging.after());
    }

    @GetMapping("/peers/{peer}")
    PeerRow get(@PathVariable String peer, @AuthenticationPrincipal Client client) {
        return peers.get(peer, client.reach());
    }

    /** Changes the properties that the body contains, and answers with the changed peer. */
    @PatchMapping("/peers/{peer}")
    public PeerRow change(
            @PathVariable String peer, Change change, @AuthenticationPrincipal Client client) {
        return peers.change(peer, change.toChange(), client.reach());
    }

    /** Closes a peer. Answers when it is closed: its outbox is flushed first, within 5 s. */
    @DeleteMapping("/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    public void close(
            @PathVariable String peer, Close close, @AuthenticationPrincipal Client client) {
        peers.close(peer, new Farewell(close.reason(), close.farewell()), client.reach());
    }

    /** Closes the selected peers. Answers when all of them are closed. */
    @PostMapping("/peers/close")
    public CloseService.Closed close(CloseMany close, @AuthenticationPrincipal Client client) {
        return closes.close(
                Objects.requireNonNull(close.to()),
                Objects.requireNonNullElse(close.exclude(), List.of()),
                new Farewell(close.reason(), close.farewell()),
                client.reach());
    }

    /**
     * Returns the messages of a peer that follow a sequence number: recv(2) over HTTP, or those
     * that were sent to it.
     */
    @GetMapping("/peers/{peer}/messages")
    ResponseEntity<?> messages(
            @PathVariable String peer,
            MessagesQuery query,
            @AuthenticationPrincipal Client client) {
        long after = Objects.requireNonNullElse(query.after(), 0L);
        int limit = Objects.requireNonNullElse(query.limit(), DEFAULT_LIMIT);
        Duration wait = Objects.requireNonNullElse(query.timeout(), Duration.ZERO);
        if (query.sent() && wait.isPositive()) {
            throw new ApiProblem(
                    HttpStatus.BAD_REQUEST,
                    "bad_request",
                    "wait=%s is not possible with direction=sent: leave it out"
                            .formatted(DurationText.of(wait)));
        }
        PeerService.Messages messages =
                query.sent()
                        ? peers.sentMessages(peer, after, limit, client.reach())
                        : peers.messages(peer, after, limit, wait, client.reach());
        if ("hexdump".equals(query.format())) {
            return ResponseEntity.ok().contentType(TEXT).body(HexDump.of(messages));
        }
        List<Message> rows =
                messages.messages().stream()
                        .map(each -> Message.of(each, Boolean.TRUE.equals(query.hex())))
                        .toList();
        return ResponseEntity.ok(new Messages(rows, messages.next(), messages.missed()));
    }

    @GetMapping(
            path = "/groups",
            produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
    GroupService.Groups groups(@AuthenticationPrincipal Client client) {
        return groups.list(client.reach());
    }

    @PutMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void join(
            @PathVariable String group,
            @PathVariable String peer,
            @AuthenticationPrincipal Client client) {
        peers.change(peer, PeerChange.joining(group), client.reach());
    }

    /** Removes a peer from a group. Succeeds also if the peer is not in the group. */
    @DeleteMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void leave(
            @PathVariable String group,
            @PathVariable String peer,
            @AuthenticationPrincipal Client client) {
        peers.change(peer, PeerChange.leaving(group), client.reach());
    }
}
