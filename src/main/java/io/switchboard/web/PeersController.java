package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.switchboard.delivery.Target;
import io.switchboard.query.CloseService;
import io.switchboard.query.DialService;
import io.switchboard.query.Farewell;
import io.switchboard.query.PeerChange;
import io.switchboard.query.PeerFilter;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerListService;
import io.switchboard.query.PeerListService.PeerPage;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerService;
import io.switchboard.query.PeerSort;
import io.switchboard.web.RequestBinder.Clearable;
import io.switchboard.web.Tables.TableConverter;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Size;
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
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /peers}: connect(2), getpeername(2) and close(2), over HTTP. */
@RestController
final class PeersController {
    private static final int DEFAULT_LIMIT = 100;

    /** The query of {@code GET /peers} besides {@link PeerFilter}. */
    record Paging(
            @Nullable PeerSort sort,
            @Range(min = 1, max = 1000, message = "it takes 1 to 1000") @Nullable Integer limit,
            @Nullable String after,
            @Nullable Boolean socket) {}

    /** The body of {@code PATCH /peers/{peer}}; null clears the name and the idle timeout. */
    record Change(
            @Nullable Clearable<String> name,
            @Size(max = 64, message = "it takes at most 64 names") @Nullable List<String> groups,
            @Nullable Clearable<Duration> idleTimeout,
            @Nullable Boolean noDelay,
            @Nullable Boolean keepAlive) {

        PeerChange toChange() {
            return new PeerChange(
                    name == null
                            ? null
                            : Objects.requireNonNullElse(name.value(), PeerChange.NO_NAME),
                    groups,
                    null,
                    null,
                    idleTimeout == null
                            ? null
                            : Objects.requireNonNullElse(idleTimeout.value(), Duration.ZERO),
                    noDelay,
                    keepAlive);
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

    private final PeerListService lists;
    private final PeerService peers;
    private final CloseService closes;
    private final DialService dials;

    PeersController(
            PeerListService lists, PeerService peers, CloseService closes, DialService dials) {
        this.lists = lists;
        this.peers = peers;
        this.closes = closes;
        this.dials = dials;
    }

    /** Lists peers, as JSON or for {@code Accept: text/plain} as a table. */
    @GetMapping(
            path = "/peers",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    PeerPage list(PeerFilter filter, Paging paging) {
        PeerQuery query =
                new PeerQuery(
                        filter,
                        Objects.requireNonNullElse(paging.sort(), PeerSort.DEFAULT),
                        Boolean.TRUE.equals(paging.socket()));
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
        return ResponseEntity.accepted()
                .header(
                        HttpHeaders.LOCATION,
                        "/calls/" + Objects.requireNonNull(answer.kept()).id())
                .body(answer.kept());
    }
}
