package io.switchboard.kernel;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What tells one connected socket from all others.
 *
 * @param local our end
 * @param remote the far end
 */
public record Ends(InetSocketAddress local, InetSocketAddress remote) {

    /** Null where either is no IP address. */
    public static @Nullable Ends of(SocketAddress local, SocketAddress remote) {
        return local instanceof InetSocketAddress ours && remote instanceof InetSocketAddress far
                ? new Ends(ours, far)
                : null;
    }
}
