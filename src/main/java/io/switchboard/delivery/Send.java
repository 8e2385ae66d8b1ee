package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.annotation.EnumNaming;

/**
 * A request to send one message.
 *
 * @param to the union of these is sent to; a sender names at least one
 * @param exclude these are not sent to, even if {@code to} names them
 * @param payload unframed; owned by the delivery from now on
 * @param framing replaces each listener's own; null to use that
 * @param split whether the payload's own delimiters make it several frames
 * @param until how far the message must have come before the sender gets the result
 * @param timeout how long to wait for that
 * @param require whether the message is rejected if no peer matches
 */
@SuppressWarnings("ArrayRecordComponent") // sends are not compared
public record Send(
        List<Target> to,
        List<Target> exclude,
        byte[] payload,
        @Nullable Framing framing,
        boolean split,
        Wait until,
        Duration timeout,
        Results results,
        boolean require) {

    /** How far a message must have come before its sender gets the result. */
    @EnumNaming(EnumNamingStrategies.LowerCamelCaseStrategy.class)
    public enum Wait {
        /** The outbox holds it. */
        QUEUED,
        /** The kernel accepted every byte. */
        WRITTEN,
        /** The peer's TCP acknowledged every byte. */
        ACKED,
        /** The peer answered with a frame. */
        REPLY
    }

    /** Which targets a report lists. */
    @EnumNaming(EnumNamingStrategies.LowerCamelCaseStrategy.class)
    public enum Results {
        /** Every target if there are few, otherwise those that failed. */
        AUTO,
        ALL,
        FAILED,
        NONE;

        /** Returns whether a target with this outcome may be listed. */
        public boolean lists(Outcome outcome) {
            return switch (this) {
                case AUTO, ALL -> true;
                case FAILED -> outcome instanceof Outcome.Failed;
                case NONE -> false;
            };
        }
    }

    /** Another node may leave out fields; see {@link io.switchboard.cluster.RpcCodec}. */
    public Send {
        payload = Objects.requireNonNullElseGet(payload, () -> new byte[0]);
        until = Objects.requireNonNullElse(until, Wait.WRITTEN);
        timeout = Objects.requireNonNullElse(timeout, Duration.ZERO);
        results = Objects.requireNonNullElse(results, Results.AUTO);
    }

    /** Returns a hash of the message and its targets: two requests for the same have the same. */
    int hash() {
        return Objects.hash(to, exclude, Arrays.hashCode(payload), framing, split, until);
    }

    Send to(List<Target> others) {
        return new Send(others, exclude, payload, framing, split, until, timeout, results, require);
    }
}
