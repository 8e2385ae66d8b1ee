package io.switchboard.web;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one subscriber is told, and in which order. Used by its feed's thread; any may {@link
 * #close} it.
 */
interface EventSupply extends AutoCloseable {

    /** Who has kept its feed waiting for less is not slow. */
    long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * What has happened since the last page.
     *
     * @param frames to be written one after the other
     * @param cut instead of them and of anything else: this subscriber has missed something because
     *     it was slow; null where it has not
     */
    @SuppressWarnings("ArrayRecordComponent") // pages are not compared
    record Page(List<byte[]> frames, byte @Nullable [] cut) {}

    /** What a stream begins with. May wait for a second or two. */
    byte[] opening();

    /**
     * What there is to tell; does not wait for it.
     *
     * @param waited for how many nanoseconds the feed has waited for its client so far
     */
    Page read(long waited);

    /** What is told when nothing else is. */
    byte[] heartbeat();

    /** What a stream ends with, when {@link #read} has had nothing more. */
    byte[] ending();

    /** Waits until there may be something to tell, or for so long. */
    void await(long nanos);

    /** Waits for what unparks this thread, or until this has ended, or for so long. */
    void pause(long nanos);

    /** Whether the service is stopping: what {@link #read} has now is all. */
    boolean ended();

    /** Counts that the subscriber was too slow. */
    void cut();

    @Override
    void close();
}
