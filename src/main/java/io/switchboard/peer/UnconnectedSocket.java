package io.switchboard.peer;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A listener's socket that peers do not connect to: each is known by its address (sendto(2)). */
public interface UnconnectedSocket extends ListenerSocket {

    /** The live peer of this address; nothing where none is. Any thread. */
    Optional<PeerSession> peer(InetSocketAddress address);

    /** Whether this address may be sent to although nothing has come from it. Any thread. */
    boolean allows(InetSocketAddress address);

    /**
     * The peer of this address, which is opened where there is none. Any thread; what is returned
     * completes soon.
     *
     * @param address {@linkplain #allows allowed}
     * @return nothing where the listener takes no more peers, or is being stopped
     */
    CompletableFuture<Optional<PeerSession>> open(InetSocketAddress address);
}
