package io.switchboard.inbound;

import java.time.Duration;

/** Who hears of events. */
interface BackEnd extends AutoCloseable {

    /** What became of one attempt. */
    sealed interface Outcome {

        /**
         * It has been heard.
         *
         * @param answer for the peer; empty where there is none
         */
        @SuppressWarnings("ArrayRecordComponent") // outcomes are not compared
        record Heard(byte[] answer) implements Outcome {}

        /**
         * Another attempt may do better.
         *
         * @param pause what the back end asked for; zero where it asked for nothing
         */
        record Failed(String why, Duration pause) implements Outcome {}

        /** No attempt will do better. */
        record Refused(String why) implements Outcome {}
    }

    /** Tells it of an event; blocks the calling thread, which is a virtual one. Never throws. */
    Outcome post(WebhookQueue.Lane lane, Event event);

    /** Ends what is under way, which fails. */
    @Override
    void close();
}
