package io.switchboard.inbound;

import java.time.Duration;
import java.util.concurrent.Callable;

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
    Outcome post(Lane lane, WebhookEvent event);

    /** Ends what is under way, which fails. */
    @Override
    void close();

    /** Runs an attempt, of which every exception is a failure that another may be spared. */
    static Outcome attempt(Callable<Outcome> attempt) {
        try {
            return attempt.call();
        } catch (Exception e) {
            return new Outcome.Failed(cause(e).toString(), Duration.ZERO);
        }
    }

    private static Throwable cause(Throwable wrapped) {
        Throwable cause = wrapped;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
