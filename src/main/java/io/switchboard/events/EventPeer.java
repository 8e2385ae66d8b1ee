package io.switchboard.events;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.PeerData.PeerKey;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import java.net.SocketAddress;
import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The peer of an event, as it was when the event happened.
 *
 * @param name null if the peer had no name
 * @param client the address of the remote end
 * @param charset the charset of the text of its messages
 */
public record EventPeer(
        PeerId id,
        @Nullable String name,
        List<String> groups,
        String listener,
        SocketAddress client,
        Charset charset) {

    private static final PeerKey<EventPeer> KEY = new PeerKey<>();

    /** Returns the peer of this session as it is now. */
    public static EventPeer of(PeerSession session) {
        return session.identity(
                (name, groups) ->
                        new EventPeer(
                                session.id(),
                                name,
                                groups,
                                session.listener().name(),
                                session.client(),
                                session.listener().charset()));
    }

    /**
     * Returns the peer of this session as it is now. The messages of a session share the object
     * until its name or groups change.
     */
    @SuppressWarnings("ReferenceEquality") // name and groups come from one record
    public static EventPeer shared(PeerSession session) {
        EventPeer known = session.data().get(KEY);
        if (known != null && session.name() == known.name && session.groups() == known.groups) {
            return known;
        }
        EventPeer current = of(session);
        session.data().put(KEY, current);
        return current;
    }

    /** Returns the address of the remote end, as getpeername(2) reports it. */
    public Endpoint peername() {
        return Endpoint.of(client);
    }
}
