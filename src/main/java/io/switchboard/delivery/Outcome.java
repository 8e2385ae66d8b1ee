package io.switchboard.delivery;

/** What became of a message at one target, as far as the report knows. */
public sealed interface Outcome {

    /** The outbox holds it. */
    record Queued() implements Outcome {}

    /**
     * The kernel took every byte.
     *
     * @param bytes framing included
     */
    record Written(int bytes) implements Outcome {}

    /**
     * The peer's TCP acknowledged every byte.
     *
     * @param bytes framing included
     */
    record Acked(int bytes) implements Outcome {}

    /**
     * The peer answered.
     *
     * @param bytes of the message, framing included
     * @param reply the answer without framing; changed by nobody
     */
    @SuppressWarnings("ArrayRecordComponent") // replies are not compared
    record Replied(int bytes, byte[] reply) implements Outcome {}

    /**
     * It will not be written; part of it may have been where the session ended meanwhile.
     *
     * @param accepted whether an outbox held it before
     * @param reason one word
     */
    record Failed(boolean accepted, String reason) implements Outcome {}
}
