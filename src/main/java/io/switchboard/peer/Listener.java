package io.switchboard.peer;

import java.time.Duration;

/**
 * What the peers of one listener have in common.
 *
 * @param framing the word of the framing of what peers send
 * @param framingOut the word of the framing of what is sent to them
 * @param maxFrame bytes of a received frame, without framing
 * @param maxConnections peers at a time
 * @param maxConnectionsPerAddress peers at a time from one address; loopback is exempt
 * @param idleTimeout zero when off
 */
public record Listener(
        String name,
        Transport transport,
        String framing,
        String framingOut,
        int maxFrame,
        int maxConnections,
        int maxConnectionsPerAddress,
        Duration idleTimeout,
        ListenerSocket socket,
        ListenerCounters counters) {}
