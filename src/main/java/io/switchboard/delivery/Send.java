package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.annotation.EnumNaming;

/**
 * A request to send one message. It is part of the request between nodes.
 *
 * @param to the targets; each peer of their union gets the message once. A client names at least
 *     one
 * @param exclude the peers that do not get the message, even if {@code to} matches them
 * @param payload the bytes before framing; the caller no longer modifies the array
 * @param text whether the payload is text in UTF-8, which each listener's charset encodes
 * @param framing replaces the framing of each listener; null to use the listener's
 * @param split whether the payload is split into several frames at the framing's delimiters
 * @param finish whether the output of each peer's connection ends (FIN) after the message
 * @param until the stage that the message must reach before the sender gets the result
 * @param timeout how long to wait for that stage
 * @param results the targets that the report lists
 * @param require whether the message is rejected if no peer matches
 * @param ttl how long the message is stored for peers that are not connected; null if it is not
 * @param reach the peers that the sender may reach
 */
@SuppressWarnings("ArrayRecordComponent") // sends are not compared
public record Send(
        List<Target> to,
        List<Target> exclude,
        byte[] payload,
        boolean text,
        @Nullable Framing framing,
        boolean split,
        boolean finish,
        Wait until,
        Duration timeout,
        Results results,
        boolean require,
        @Nullable Duration ttl,
        Reach reach) {

    /** The stage that a message must reach before its sender gets the result. */
    @EnumNaming(EnumNamingStrategies.LowerCamelCaseStrategy.class)
    public enum Wait {
        /** The outbox holds the message, or the kernel already accepted it. */
        QUEUED,
        /** The kernel accepted every byte. */
        WRITTEN,
        /** The peer's TCP acknowledged every byte. */
        ACKED,
        /** The peer answered with a frame. */
        REPLY
    }

    /** The targets that a report lists. */
    @EnumNaming(EnumNamingStrategies.LowerCamelCaseStrategy.class)
    public enum Results {
        /** Every target if there are at most 100, otherwise those that failed. */
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

    /**
     * Sets a default for each field that another node left out; see {@link
     * io.switchboard.cluster.RpcCodec}.
     */
    public Send {
        payload = Objects.requireNonNullElseGet(payload, () -> new byte[0]);
        until = Objects.requireNonNullElse(until, Wait.WRITTEN);
        timeout = Objects.requireNonNullElse(timeout, Duration.ZERO);
        results = Objects.requireNonNullElse(results, Results.AUTO);
        reach = Reach.orAll(reach);
    }

    /**
     * Returns a hash of everything that makes two requests the same: the message, its targets and
     * the reach, which is another one if a token has been changed.
     */
    int hash() {
        return Objects.hash(
                to, exclude, Arrays.hashCode(payload), text, framing, split, finish, until, reach);
    }

    /**
     * Returns the same message for the peer of a connection that is closed after it. The close ends
     * the output; a reply needs the end of the output before it.
     *
     * @param rest what is left of the timeout
     */
    Send once(Target peer, Duration rest) {
        boolean finishes = finish && until == Wait.REPLY;
        return new Send(
                List.of(peer),
                exclude,
                payload,
                text,
                framing,
                split,
                finishes,
                until,
                rest,
                results,
                require,
                null,
                reach);
    }

    /** Returns the same message for other targets. */
    Send withTargets(List<Target> targets) {
        return new Send(
                targets, exclude, payload, text, framing, split, finish, until, timeout, results,
                require, ttl, reach);
    }
}
