package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.inbound.Histories;
import io.switchboard.inbound.History;
import io.switchboard.inbound.InboundMessage;
import io.switchboard.inbound.Utf8;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /peers/{peer}/messages}: recv(2) over HTTP. */
@RestController
final class MessagesController {
    private static final int MOST = 1_000;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final MediaType TEXT = MediaType.parseMediaType("text/plain;charset=UTF-8");

    /** A message as the API shows it: as text, or in base64 where it is none. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @SuppressWarnings("ArrayRecordComponent") // Jackson spells it in base64
    record Row(long seq, Instant at, @Nullable String text, byte @Nullable [] base64) {

        static Row of(InboundMessage message) {
            Optional<String> text = Utf8.decode(message.payload());
            return new Row(
                    message.seq(),
                    message.at(),
                    text.orElse(null),
                    text.isPresent() ? null : message.payload());
        }
    }

    record Messages(List<Row> messages, long next, long missed) {}

    private final PeerRegistry registry;
    private final Histories histories;

    MessagesController(PeerRegistry registry, Histories histories) {
        this.registry = registry;
        this.histories = histories;
    }

    @GetMapping("/peers/{peer}/messages")
    ResponseEntity<?> messages(
            @PathVariable String peer,
            @RequestParam(defaultValue = "0") long after,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(defaultValue = "0s") String wait,
            @RequestParam(defaultValue = "json") String format) {
        if (after < 0) {
            throw ApiProblem.badRequest("after=" + after + ": it takes what 'next' said, or 0");
        }
        if (limit < 1 || limit > MOST) {
            throw ApiProblem.badRequest("limit=" + limit + ": it takes 1 to " + MOST);
        }
        if (!format.equals("json") && !format.equals("hexdump")) {
            throw ApiProblem.badRequest("format='" + format + "': known are json and hexdump");
        }
        Duration longest = Durations.parse("wait", wait, LONGEST_WAIT);
        History.Page page = read(peer, after, limit, longest);
        if (format.equals("hexdump")) {
            return ResponseEntity.ok().contentType(TEXT).body(HexDump.of(page));
        }
        List<Row> rows = page.messages().stream().map(Row::of).toList();
        return ResponseEntity.ok(new Messages(rows, page.next(), page.missed()));
    }

    private History.Page read(String peer, long after, int limit, Duration wait) {
        try {
            return switch (registry.find(peer)) {
                case Lookup.Live(PeerSession session) ->
                        histories.of(session).read(after, limit, wait);
                case Lookup.Several(List<PeerSession> several) ->
                        throw Peers.ambiguousHere(peer, several);
                case Lookup.Closed(Optional<Peer> last) -> closed(peer, last, after, limit);
                case Lookup.Unknown _ -> throw ApiProblem.unknownPeer(peer);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiProblem(
                    HttpStatus.SERVICE_UNAVAILABLE, "shutting_down", "the service is stopping");
        }
    }

    private History.Page closed(String peer, Optional<Peer> last, long after, int limit)
            throws InterruptedException {
        History history = last.flatMap(known -> histories.of(known.id())).orElse(null);
        if (history != null) {
            return history.read(after, limit, Duration.ZERO);
        }
        if (last.isPresent() && last.get().received().messages() == 0) {
            return new History.Page(List.of(), 0, 0);
        }
        throw ApiProblem.closedPeer(peer, ", and what it said is no longer remembered");
    }
}
