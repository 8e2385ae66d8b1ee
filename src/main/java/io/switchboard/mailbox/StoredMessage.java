package io.switchboard.mailbox;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A stored message as people see it, without its payload.
 *
 * @param name the name of the peer that it is for
 * @param bytes the length of the payload
 * @param changedAt when it came into its state
 * @param attempts how often its write was begun, or may have been
 * @param peers the ids of the peers of these attempts, the latest ones
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoredMessage(
        String id,
        String name,
        @JsonProperty("status") State state,
        int bytes,
        Instant storedAt,
        Instant expiresAt,
        Instant changedAt,
        int attempts,
        List<String> peers) {

    /** Returns what the message's events say of it. */
    Event.Stored event() {
        return new Event.Stored(id, name);
    }

    /** Returns the same message with these peers. */
    StoredMessage withPeers(List<String> others) {
        return new StoredMessage(
                id, name, state, bytes, storedAt, expiresAt, changedAt, attempts, others);
    }

    /**
     * The state of a message.
     *
     * <pre>
     *   STORED ──▶ SENDING ──┬──▶ ACKED
     *     │  ▲        │      └──▶ WRITTEN    (no acknowledgements)
     *     │  └────────┤ the connection ended first
     *     │           │ and the ttl too
     *     ├───────────┴──▶ EXPIRED
     *     └──▶ CANCELLED
     * </pre>
     */
    public enum State {
        STORED(0),
        SENDING(1),
        ACKED(2),
        WRITTEN(3),
        EXPIRED(4),
        CANCELLED(5);

        private final int code;

        State(int code) {
            this.code = code;
        }

        /** Returns the number that the database has for the state. */
        int code() {
            return code;
        }

        static State of(int code) {
            return Arrays.stream(values())
                    .filter(each -> each.code == code)
                    .findFirst()
                    .orElseThrow();
        }

        /** Returns the type of the event of a message that comes into the state. */
        EventType event() {
            return switch (this) {
                case STORED, SENDING -> EventType.MESSAGE_STORED;
                case ACKED, WRITTEN -> EventType.MESSAGE_ACKED;
                case EXPIRED -> EventType.MESSAGE_EXPIRED;
                case CANCELLED -> EventType.MESSAGE_CANCELLED;
            };
        }

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
