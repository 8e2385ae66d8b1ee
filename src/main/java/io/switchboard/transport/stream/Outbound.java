package io.switchboard.transport.stream;

import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a connection that this service has made needs in addition to an accepted one.
 *
 * @param steps what happens before it is a peer, such as a TLS handshake; may be empty
 * @param deadline {@link System#nanoTime} at which the steps must be complete
 * @param first the bytes that are written before all others, framing included; null for none
 * @param named whether the address of the remote end, and what it sends, may give the peer a name
 * @param admits whether the connection may become a peer of its listener as it is then; called on
 *     the loop, after the steps. If not, it is closed without ever having been one.
 * @param ready called with the session, on the loop, before the first read
 * @param result completes with the session, or with the {@link java.io.IOException} that ended the
 *     steps or says that it is not admitted; cancelled if the listener is stopped
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
public record Outbound(
        List<ConnectionSetup.Step> steps,
        long deadline,
        byte @Nullable [] first,
        boolean named,
        Predicate<Listener> admits,
        Consumer<PeerSession> ready,
        CompletableFuture<PeerSession> result) {}
