package io.switchboard.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which the peers of a listener get their names and groups.
 *
 * @param pattern is searched for in each frame until one contains it. Its capturing group "name" is
 *     the peer's name, and its optional capturing group "group" is a group that the peer joins. If
 *     null, frames do not name peers
 * @param consume whether the frame that names the peer is only used for that and is not processed
 *     as a message
 * @param reply the frame that is sent to a peer after a frame has named it; empty to send nothing
 * @param deadline the time after which a peer that no frame has named is closed; zero for never
 * @param addresses maps addresses to names. A peer with such an address gets the name when it
 *     connects; a name from a frame replaces it
 * @param onDuplicate what happens if a live peer already has the name
 * @param groups the groups that every peer of the listener joins
 */
@SuppressWarnings("ArrayRecordComponent") // instances are not compared
public record Identification(
        @Nullable LinearPattern pattern,
        boolean consume,
        byte[] reply,
        Duration deadline,
        Map<InetAddress, String> addresses,
        OnDuplicate onDuplicate,
        List<String> groups) {
    /** What happens when a peer is given the name of a live peer. */
    public enum OnDuplicate {
        /** The old peer is closed. Most often both are the same device, which has reconnected. */
        REPLACE,
        /** The new peer is closed; if an operator renames a peer, it keeps its former name. */
        REJECT,
        /** Both peers have the name. A message to the name goes to both. */
        ALLOW_BOTH
    }

    /** Gives peers no names and no groups; an operator can still set them. */
    public static final Identification NONE =
            new Identification(
                    null,
                    false,
                    new byte[0],
                    Duration.ZERO,
                    Map.of(),
                    OnDuplicate.ALLOW_BOTH,
                    List.of());
}
