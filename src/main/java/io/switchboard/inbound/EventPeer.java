package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The peer of an event, as it was when the event happened.
 *
 * @param name null if the peer had none
 * @param client the address of the remote end
 */
public record EventPeer(
        PeerId id,
        @Nullable String name,
        List<String> groups,
        String listener,
        SocketAddress client) {

    /** Returns the peer of this session as it is now. */
    public static EventPeer of(PeerSession session) {
        return new EventPeer(
                session.id(),
                session.name(),
                session.groups(),
                session.listener().name(),
                session.client());
    }

    /** Returns whether name and groups are the objects that the session has now. */
    @SuppressWarnings("ReferenceEquality") // they come from one record and change with it
    boolean is(PeerSession session) {
        return session.name() == name && session.groups() == groups;
    }

    /** Returns the address of the remote end, as getpeername(2) reports it. */
    public Endpoint peername() {
        return Endpoint.of(client);
    }
}
