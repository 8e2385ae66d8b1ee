package io.switchboard.transport;

import io.switchboard.peer.PeerLimits;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A limited rate, such as messages a second. What was not used in the last second may be used at
 * once. More than that may be taken too; it is then made up for by a longer wait, as in the generic
 * cell rate algorithm (ITU-T I.371). Not thread-safe.
 */
public final class RateLimit {
    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    private final double nanosPerUnit;

    /** {@link System#nanoTime} from which on more may be taken without a wait. */
    private long freeAt;

    /** Creates a limit of which nothing was used. */
    public RateLimit(long unitsPerSecond) {
        nanosPerUnit = SECOND / unitsPerSecond;
        freeAt = System.nanoTime() - (long) SECOND;
    }

    /** Returns a limit; null if the rate is not limited. */
    public static @Nullable RateLimit of(@Nullable Number unitsPerSecond) {
        return unitsPerSecond == null ? null : new RateLimit(unitsPerSecond.longValue());
    }

    /** Takes units; returns the nanoseconds until more may be taken, 0 for now. */
    public long take(long units, long now) {
        long earliest = now - (long) SECOND;
        freeAt = (freeAt - earliest > 0 ? freeAt : earliest) + (long) (units * nanosPerUnit);
        return nanosLeft(now);
    }

    /** Returns the nanoseconds until more may be taken, 0 for now. */
    public long nanosLeft(long now) {
        return Math.max(0, freeAt - now);
    }

    /** The limits of what one peer sends. Not thread-safe. */
    public static final class Received {
        private final @Nullable RateLimit messages;
        private final @Nullable RateLimit bytes;

        private Received(@Nullable RateLimit messages, @Nullable RateLimit bytes) {
            this.messages = messages;
            this.bytes = bytes;
        }

        /** Returns the limits of a new peer; null if it has none. */
        public static @Nullable Received of(PeerLimits limits) {
            return limits.messagesPerSecond() == null && limits.bytesPerSecond() == null
                    ? null
                    : new Received(
                            RateLimit.of(limits.messagesPerSecond()),
                            RateLimit.of(limits.bytesPerSecond()));
        }

        /** Counts what was received; returns the nanoseconds until more may be received. */
        public long take(int receivedMessages, int receivedBytes, long now) {
            long wait = messages == null ? 0 : messages.take(receivedMessages, now);
            return Math.max(wait, bytes == null ? 0 : bytes.take(receivedBytes, now));
        }

        /** Returns the nanoseconds until more may be received, 0 for now. */
        public long nanosLeft(long now) {
            long wait = messages == null ? 0 : messages.nanosLeft(now);
            return Math.max(wait, bytes == null ? 0 : bytes.nanosLeft(now));
        }
    }
}
