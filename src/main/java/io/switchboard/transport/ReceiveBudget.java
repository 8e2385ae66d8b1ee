package io.switchboard.transport;

import io.switchboard.net.MemoryBudget;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * The memory limit of all received data that is not a frame yet, {@code receive.total-max}.
 *
 * <p>Each event loop has an equal share, because connections are distributed equally, and only the
 * loop's thread uses its share. If a share is full, the connections with the oldest unfinished
 * frames are closed until an eighth of it is free: those who fill the budget go, and nobody else
 * waits. With less room, every read would be a {@linkplain #FREE_BYTES short} one.
 */
@Component
public final class ReceiveBudget extends MemoryBudget {

    /** The received bytes of each connection that do not count. */
    public static final int FREE_BYTES = 512;

    /**
     * Limits of received data.
     *
     * @param totalMax the limit for all received data that is not a complete frame yet, except for
     *     the first 512 bytes of each peer; by default a tenth of the maximum heap
     */
    @ConfigurationProperties("switchboard.receive")
    public record ReceiveProperties(@Nullable DataSize totalMax) {

        private long totalMaxBytes() {
            return totalMax == null ? Runtime.getRuntime().maxMemory() / 10 : totalMax.toBytes();
        }
    }

    /** A connection that holds received data. */
    public interface Holder {

        /**
         * Closes the connection because its unfinished frame is the oldest and the budget is full.
         * The connection releases what it holds at once.
         */
        void receiveBudgetExceeded();
    }

    ReceiveBudget(ReceiveProperties properties) {
        super(
                "receive",
                "Received bytes that are not a complete frame yet, without the first 512 of each peer",
                properties.totalMaxBytes());
    }

    /** Returns the share of one of so many loops. */
    Share share(int loops) {
        return new Share(limit() / loops);
    }

    /** Returns how many bytes count if a connection holds so many. */
    public static int counted(int heldBytes) {
        return Math.max(0, heldBytes - FREE_BYTES);
    }

    /** The share of one event loop. Used on its thread only. */
    public final class Share {
        private final long shareLimit;
        private final long usedAfterClosing;
        private long shareUsed;

        /** The connections with a counted unfinished frame, the oldest first. */
        private final Set<Holder> unfinished = new LinkedHashSet<>();

        private Share(long shareLimit) {
            this.shareLimit = shareLimit;
            this.usedAfterClosing = shareLimit - shareLimit / 8;
        }

        /** Returns the limit in bytes. */
        public long limit() {
            return shareLimit;
        }

        /** Returns whether as many more bytes fit. */
        public boolean fits(int bytes) {
            return shareUsed + bytes <= shareLimit;
        }

        /**
         * Changes how many {@linkplain #counted counted} bytes a connection holds. If the share is
         * exceeded, closes the connections with the oldest unfinished frames, possibly this one,
         * until an eighth of it is free.
         *
         * @param isUnfinished whether the bytes end with an unfinished frame; a connection whose
         *     complete frames wait for their turn is not closed
         */
        public void change(Holder holder, int before, int after, boolean isUnfinished) {
            shareUsed += after - before;
            reserve(after - before);
            if (after > 0 && isUnfinished) {
                unfinished.add(holder);
            } else {
                unfinished.remove(holder);
            }
            if (shareUsed > shareLimit) {
                closeOldest();
            }
        }

        private void closeOldest() {
            while (shareUsed > usedAfterClosing && !unfinished.isEmpty()) {
                Holder oldest = unfinished.iterator().next();
                unfinished.remove(oldest);
                oldest.receiveBudgetExceeded();
            }
        }
    }
}
