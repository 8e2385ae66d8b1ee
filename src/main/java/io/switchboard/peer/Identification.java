package io.switchboard.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the peers of a listener come by their names and groups.
 *
 * @param pattern looked for in each frame until one has it; what its parts called name and group
 *     match is the peer's name and, where there is such a part, a group of it. Null: frames name
 *     nobody
 * @param consume whether the frame that names its peer is for that alone
 * @param reply framed; sent to a peer that a frame has named. Empty: nothing is
 * @param deadline after which a peer that no frame has named is closed; zero is never
 * @param addresses names by the peer's address, given at once; a frame's name goes before it
 * @param onDuplicate what happens when a live peer has the name
 * @param groups every peer's
 */
@SuppressWarnings("ArrayRecordComponent") // these are not compared
public record Identification(
        @Nullable Pattern pattern,
        boolean consume,
        byte[] reply,
        Duration deadline,
        Map<InetAddress, String> addresses,
        OnDuplicate onDuplicate,
        List<String> groups) {
    /** What happens when a peer is given a name that a live one has. */
    public enum OnDuplicate {
        /** The old one is closed: most often it is the same device, come again. */
        REPLACE,
        /** The new one is closed, or keeps the name it had. */
        REJECT,
        /** Both have it; a message to the name goes to both. */
        ALLOW_BOTH
    }

    /** Nobody is given a name but by an operator. */
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
