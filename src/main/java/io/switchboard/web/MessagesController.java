package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.switchboard.inbound.Utf8;
import io.switchboard.query.PeerService;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /peers/{peer}/messages}: recv(2) over HTTP. */
@RestController
final class MessagesController {
    private static final int DEFAULT_LIMIT = 100;
    private static final MediaType TEXT = MediaType.parseMediaType("text/plain;charset=UTF-8");

    /** The query. */
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
    record Row(long seq, Instant at, @Nullable String text, byte @Nullable [] base64) {

        static Row of(PeerService.Message message) {
            Optional<String> text = Utf8.decode(message.payload());
            return new Row(
                    message.seq(),
                    message.at(),
                    text.orElse(null),
                    text.isPresent() ? null : message.payload());
        }
    }

    record Page(List<Row> messages, long next, long missed) {}

    private final PeerService peers;

    MessagesController(PeerService peers) {
        this.peers = peers;
    }

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
        List<Row> rows = messages.messages().stream().map(Row::of).toList();
        return ResponseEntity.ok(new Page(rows, messages.next(), messages.missed()));
    }
}
