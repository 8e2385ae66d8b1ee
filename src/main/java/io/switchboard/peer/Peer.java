package io.switchboard.peer;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The facts of one peer at one moment, in the order in which the API shows them.
 *
 * @param name given by identification; null without one
 * @param groups empty without identification
 * @param peername the far end, as getpeername(2) tells it
 * @param sockname our end, as getsockname(2) tells it
 * @param closeReason null unless {@code state} is closed, or draining towards a close
 * @param closeDetail what an operator gave as reason, or more about the close; null without one
 * @param queued what waits in the outbox
 * @param partialFrameBytes bytes received of a frame that is not finished yet
 */
public record Peer(
        PeerId id,
        @Nullable String name,
        List<String> groups,
        String transport,
        String family,
        String type,
        String direction,
        String listener,
        String framing,
        Endpoint peername,
        Endpoint sockname,
        PeerState state,
        @Nullable CloseReason closeReason,
        @Nullable String closeDetail,
        Instant connectedAt,
        @Nullable Instant lastReceivedAt,
        @Nullable Instant lastSentAt,
        @Nullable Instant closedAt,
        Traffic received,
        Traffic sent,
        Traffic queued,
        int partialFrameBytes) {}
