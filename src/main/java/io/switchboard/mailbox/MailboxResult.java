package io.switchboard.mailbox;

import java.time.Instant;
import java.util.List;

/** The result of {@link Mailbox#send}. */
public sealed interface MailboxResult {

    /**
     * The message was stored.
     *
     * @param expiresAt when the first of the entries expires
     */
    record Reported(List<Entry> entries, Instant expiresAt) implements MailboxResult {
        /** Returns how many entries have this status. */
        public int count(String status) {
            return (int) entries.stream().filter(each -> each.status().equals(status)).count();
        }

        /** Returns how many messages ended before they had reached what their sender waits for. */
        public int failed() {
            return count("expired") + count("cancelled");
        }

        /** Returns whether every message has reached what its sender waits for. */
        public boolean complete() {
            return count("stored") == 0 && failed() == 0;
        }
    }

    /**
     * The message for one name.
     *
     * @param status stored, or what the message has reached
     * @param known whether a peer with this name has been connected, or messages wait for it
     */
    record Entry(String id, String name, String status, boolean known) {}

    /** Nothing was stored. */
    record Rejected(Reason reason, String detail) implements MailboxResult {}

    /** Why nothing was stored. */
    enum Reason {
        /** The ttl is out of its range. */
        BAD_TTL,
        /** The framing or the transport of a connected peer cannot carry the payload. */
        BAD_PAYLOAD,
        /** The sender does not reach the names. */
        OUT_OF_REACH,
        /** The limits of a name are reached. */
        MAILBOX_FULL,
        /** The limit of all names is reached. */
        STORE_FULL,
        /** The idempotency key was used for a different message. */
        KEY_REUSED,
        /** The node is in a cluster without PostgreSQL. */
        NOT_AVAILABLE
    }
}
