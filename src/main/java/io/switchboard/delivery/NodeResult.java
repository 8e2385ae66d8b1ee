package io.switchboard.delivery;

import org.jspecify.annotations.Nullable;

/** What one node does of a message that several may have targets of. */
sealed interface NodeResult {

    /**
     * What it is asked.
     *
     * @param send with the targets that it may have
     * @param delivery the id of all of it
     * @param key the client's, under which it is done once; null for none
     */
    record Asked(Send send, String delivery, @Nullable String key) {

        /** The same for the same message to the same targets. */
        int hash() {
            return send.hash();
        }
    }

    /** What became of it. */
    record Reported(DeliveryReport report) implements NodeResult {}

    /** Why nothing was sent. */
    enum Why {
        BAD_PAYLOAD,
        TOO_LONG,
        KEY_REUSED
    }

    /** Nothing was sent. */
    record Refused(Why why, String message) implements NodeResult {

        /** As what it would be without other nodes. */
        RuntimeException exception() {
            return switch (why) {
                case BAD_PAYLOAD -> new BadPayload(message);
                case TOO_LONG -> new TooLong(message);
                case KEY_REUSED -> new KeyReused(message);
            };
        }

        /** One word. */
        String reason() {
            return switch (why) {
                case BAD_PAYLOAD -> "bad_payload";
                case TOO_LONG -> "too_large";
                case KEY_REUSED -> "idempotency_key_reused";
            };
        }
    }
}
