package io.switchboard.inbound;

/** What came of asking a peer. */
public sealed interface Reply {

    /**
     * It answered.
     *
     * @param payload shared with the peer's history
     */
    @SuppressWarnings("ArrayRecordComponent") // replies are not compared
    record Got(byte[] payload) implements Reply {}

    /** It was asked and has not answered in time, or has closed first. */
    record None() implements Reply {}

    /** Its turn did not come in time: it was not asked. */
    record NotAsked() implements Reply {}
}
