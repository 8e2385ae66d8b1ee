package io.switchboard.kernel;

import java.net.InetSocketAddress;

/**
 * What tells one connected socket from all others.
 *
 * @param local our end
 * @param remote the far end
 */
public record Ends(InetSocketAddress local, InetSocketAddress remote) {}
