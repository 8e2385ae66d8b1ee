package io.switchboard.peer;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom this service is to connect to, and as what.
 *
 * @param host name or numeric address
 * @param listener whose framing, limits and webhook the peer gets
 * @param name what the peer is to be called; null for none
 * @param groups besides the listener's and the name's
 * @param timeout for resolving and connecting together
 */
public record Call(
        String host,
        int port,
        Listener listener,
        @Nullable String name,
        List<String> groups,
        Duration timeout) {}
