package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message and whom it is for.
 *
 * @param to their union; at least one
 * @param exclude are left out, whoever names them
 * @param payload unframed; belongs to the delivery from now on
 * @param framing instead of each listener's own; null for that
 * @param split whether the payload's own delimiters make it several frames
 * @param until how far it must have come for the answer
 * @param timeout how long to wait for that
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
        Results results) {

    /** The same for the same message to the same targets. */
    public int hash() {
        return Objects.hash(to, exclude, Arrays.hashCode(payload), framing, split, until);
    }

    /** The same to others. */
    Send to(List<Target> others) {
        return new Send(others, exclude, payload, framing, split, until, timeout, results);
    }
}
