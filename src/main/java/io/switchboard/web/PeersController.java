package io.switchboard.web;

import static org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.switchboard.delivery.Target;
import io.switchboard.inbound.Utf8;
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
import io.switchboard.web.RequestBinder.NullMeans;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
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
final class PeersController {
    private static final int DEFAULT_LIMIT = 100;
    private static final MediaType TEXT = MediaType.parseMediaType(Tables.TEXT);

    /** The query of {@code GET /peers} besides {@link PeerFilter}. */
    record Paging(
            @Nullable PeerSort sort,
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @Nullable String after,
            @Nullable Boolean socket) {}

    /** The body of {@code PATCH /peers/{peer}}; null clears the name and the idle timeout. */
    record Change(
            @NullMeans(PeerChange.NO_NAME) @Nullable String name,
            @Size(max = 64, message = "it takes at most 64 names") @Nullable List<String> groups,
            @NullMeans("0s") @Nullable Duration idleTimeout,
            @Nullable Boolean noDelay,
            @Nullable Boolean keepAlive) {

        PeerChange toChange() {
            return new PeerChange(name, groups, null, null, idleTimeout, noDelay, keepAlive);
        }
    }

    /** The query of {@code DELETE /peers/{peer}}. */
    record Close(@Nullable String reason, @Nullable String farewell) {}

    /** The body of {@code POST /peers/close}. */
    record CloseMany(
            @NotEmpty(message = "it takes the peers to close, such as all, an id or a name")
                    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    @Nullable List<Target> to,
            @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    @Nullable List<Target> exclude,
            @Nullable String reason,
            @Nullable String farewell) {}

    /** The query of {@code GET /peers/{peer}/messages}. */
    record Reading(
            @Min(value = 0, message = "it takes what 'next' said, or 0") @Nullable Long after,
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @JsonProperty("wait") @DurationMax(minutes = 5, message = "it takes 0s to 5m")
                    @Nullable Duration longest,
            @Pattern(regexp = "json|hexdump", message = "known are json and hexdump")
                    @Nullable String format) {}

    /** A message as text, or in base64 if it is not UTF-8. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @SuppressWarnings("ArrayRecordComponent") // Jackson writes it in base64
    record Message(long seq, Instant at, @Nullable String text, byte @Nullable [] base64) {

        static Message of(PeerService.Message message) {
            String text = Utf8.decode(message.payload()).orElse(null);
            byte[] base64 = text == null ? message.payload() : null;
            return new Message(message.seq(), message.at(), text, base64);
        }
    }

    record Messages(List<Message> messages, long next, long missed) {}

    private final PeerListService lists;
    private final PeerService peers;
    private final CloseService closes;
    private final GroupService groups;

    PeersController(
            PeerListService lists, PeerService peers, CloseService closes, GroupService groups) {
        this.lists = lists;
        this.peers = peers;
        this.closes = closes;
        this.groups = groups;
    }

    /** Lists peers, as JSON or for {@code Accept: text/plain} as a table. */
    @GetMapping(
            path = "/peers",
            produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
    PeerPage list(PeerFilter filter, Paging paging) {
        PeerSort sort = Objects.requireNonNullElse(paging.sort(), PeerSort.DEFAULT);
        PeerQuery query = new PeerQuery(filter, sort, Boolean.TRUE.equals(paging.socket()));
        int limit = Objects.requireNonNullElse(paging.limit(), DEFAULT_LIMIT);
        return lists.page(query, limit, paging.after());
    }

    @GetMapping("/peers/{peer}")
    PeerRow get(@PathVariable String peer) {
        return peers.get(peer);
    }

    /** Changes the fields that are given, and answers with the peer as it is then. */
    @PatchMapping("/peers/{peer}")
    PeerRow change(@PathVariable String peer, Change change) {
        return peers.change(peer, change.toChange());
    }

    /** Answers when the peer is closed: its outbox is flushed first, within 5 s. */
    @DeleteMapping("/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void close(@PathVariable String peer, Close close) {
        peers.close(peer, new Farewell(close.reason(), close.farewell()));
    }

    /** Answers when all of them are closed. */
    @PostMapping("/peers/close")
    CloseService.Closed close(CloseMany close) {
        return closes.close(
                Objects.requireNonNull(close.to()),
                Objects.requireNonNullElse(close.exclude(), List.of()),
                new Farewell(close.reason(), close.farewell()));
    }

    /** Returns messages of a peer that arrived after the given one: recv(2) over HTTP. */
    @GetMapping("/peers/{peer}/messages")
    ResponseEntity<?> messages(@PathVariable String peer, Reading reading) {
        PeerService.Messages messages =
                peers.messages(
                        peer,
                        Objects.requireNonNullElse(reading.after(), 0L),
                        Objects.requireNonNullElse(reading.limit(), DEFAULT_LIMIT),
                        Objects.requireNonNullElse(reading.longest(), Duration.ZERO));
        if ("hexdump".equals(reading.format())) {
            return ResponseEntity.ok().contentType(TEXT).body(HexDump.of(messages));
        }
        List<Message> rows = messages.messages().stream().map(Message::of).toList();
        return ResponseEntity.ok(new Messages(rows, messages.next(), messages.missed()));
    }

    @GetMapping(
            path = "/groups",
            produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
    GroupService.Groups groups() {
        return groups.list();
    }

    @PutMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void join(@PathVariable String group, @PathVariable String peer) {
        peers.change(peer, PeerChange.joining(group));
    }

    /** Succeeds as well if the peer is not in the group. */
    @DeleteMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void leave(@PathVariable String group, @PathVariable String peer) {
        peers.change(peer, PeerChange.leaving(group));
    }
}
