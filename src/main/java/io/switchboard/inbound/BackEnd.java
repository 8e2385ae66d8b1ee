package io.switchboard.inbound;

import java.time.Duration;

/** Receives the events of a listener's peers. */
interface BackEnd extends AutoCloseable {

    /** The result of one attempt. */
    sealed interface Outcome {

        /**
         * The back end has taken the event.
         *
         * @param answer for the peer; empty where there is none
         */
        @SuppressWarnings("ArrayRecordComponent") // outcomes are not compared
        record Heard(byte[] answer) implements Outcome {}

        /**
         * The attempt failed, and another one may succeed.
         *
         * @param pause the pause that the back end asked for; zero if it asked for none
         */
        record Failed(String why, Duration pause) implements Outcome {}

        /** The back end refused the event; another attempt would fail too. */
        record Refused(String why) implements Outcome {}
    }

    /** Posts an event; blocks the calling thread, which is a virtual one. Never throws. */
    Outcome post(WebhookQueue.Lane lane, Event event);

    /** Cancels the attempts that are under way; they fail. */
    @Override
    void close();
}
