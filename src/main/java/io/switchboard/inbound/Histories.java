package io.switchboard.inbound;

import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Finds what a peer has said, also when it is closed. What closed peers said is kept within bounds
 * of its own, the longest closed forgotten first; this object's monitor guards that.
 */
@Component
public final class Histories implements PeerObserver {
    private static final int MOST_CLOSED = 1_000;
    private static final long MOST_CLOSED_BYTES = DataSize.ofMegabytes(8).toBytes();

    /** A closed peer's, and how much it counted for. */
    private record Left(History history, long bytes) {}

    private final History.Room room;
    private final SequencedMap<PeerId, Left> closed = new LinkedHashMap<>();
    private long closedBytes;

    Histories(History.Room room, PeerRegistry registry) {
        this.room = room;
        registry.observe(this);
    }

    /** What a live peer has said; more comes as it goes on. */
    public History of(PeerSession session) {
        return Inbox.of(session, room).history();
    }

    /** What a closed peer has said, while it is remembered. */
    public synchronized Optional<History> of(PeerId id) {
        return Optional.ofNullable(closed.get(id)).map(Left::history);
    }

    @Override
    public void closed(PeerSession session, Peer last) {
        if (session.attachment() instanceof Inbox inbox) {
            inbox.history().close();
            keep(session.id(), inbox.history());
        }
    }

    private synchronized void keep(PeerId id, History history) {
        long bytes = history.bytes();
        closed.put(id, new Left(history, bytes));
        closedBytes += bytes;
        while (closed.size() > MOST_CLOSED
                || (closedBytes > MOST_CLOSED_BYTES && closed.size() > 1)) {
            closedBytes -= closed.pollFirstEntry().getValue().bytes();
        }
    }
}
