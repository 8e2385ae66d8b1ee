package io.switchboard.delivery;

/**
 * Sends what a broker has records of. The requests are those of {@code POST /send}, and so are the
 * checks, the send itself and the report; only the transport of the request differs. Thread-safe.
 */
public interface SendRequests {

    /**
     * One record of a broker.
     *
     * @param bridge the name of the bridge
     * @param id identifies the record; a repetition has the same id, and is sent only once
     */
    record Source(String bridge, String id) {
        /** Returns the idempotency key, in a space that no HTTP client has. */
        public String key() {
            return IdempotencyKey.of("bridge:" + bridge, id);
        }
    }

    /**
     * The result of a request.
     *
     * @param status the status that {@code POST /send} would have
     * @param reason the code of a problem; empty for a report
     * @param detail the fault, the value and the remedy of a problem; empty for a report
     * @param json the report or the problem as one line of JSON with {@code record} and {@code
     *     status}, without a line feed
     */
    @SuppressWarnings("ArrayRecordComponent") // answers are not compared
    record Answer(int status, String reason, String detail, byte[] json) {}

    /**
     * Sends the message that a JSON body of {@code POST /send} describes. Blocks until the send has
     * ended.
     */
    Answer send(Source source, byte[] body);

    /** Sends a payload to the peer with this name. Blocks until the send has ended. */
    Answer send(Source source, String name, byte[] payload);
}
