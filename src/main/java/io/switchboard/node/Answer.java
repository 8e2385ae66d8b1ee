package io.switchboard.node;

import org.jspecify.annotations.Nullable;

/** What came of asking another node. */
public sealed interface Answer {

    /** What its operation answered. */
    @SuppressWarnings("ArrayRecordComponent") // answers are not compared
    record Given(byte[] bytes) implements Answer {}

    /** Nobody hears for that node any more: surely nothing was done. */
    record Lost() implements Answer {}

    /** It was asked and has said nothing for too long: it may have been done, or may be yet. */
    record Silent() implements Answer {}

    /** What connects the nodes is away: surely nothing was done. */
    record Unavailable() implements Answer {}

    /** It has too much to do, or would have come to it too late: surely nothing was done. */
    record Busy() implements Answer {}

    /** Its operation broke off; its log says why. */
    record Faulty() implements Answer {}

    /** What it answered; null where it did not. */
    default byte @Nullable [] bytes() {
        return this instanceof Given(byte[] given) ? given : null;
    }

    /** Whether what was asked may have been done all the same. */
    default boolean perhapsDone() {
        return switch (this) {
            case Given _, Silent _, Faulty _ -> true;
            case Lost _, Unavailable _, Busy _ -> false;
        };
    }
}
