package io.switchboard.receive;

import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Finds the history of live and of recently closed peers. The histories of closed peers have their
 * own limits; when a limit is exceeded, the peer that closed first is removed. This object's
 * monitor guards {@code closed} and {@code closedBytes}.
 */
@Component
public final class Histories implements PeerObserver {
    private static final int MAX_CLOSED = 1_000;
    private static final long MAX_CLOSED_BYTES = DataSize.ofMegabytes(8).toBytes();

    /** The history of a closed peer and its size when the peer closed. */
    private record ClosedHistory(History history, long bytes) {}

    private final HistoryBudget budget;
    private final SequencedMap<PeerId, ClosedHistory> closed = new LinkedHashMap<>();
    private long closedBytes;

    Histories(HistoryBudget budget, PeerRegistry registry) {
        this.budget = budget;
        registry.observe(this);
    }

    /** Returns the history of a live peer, which keeps growing. */
    public History of(PeerSession session) {
        return History.of(session, budget);
    }

    /** Returns the history of a closed peer; empty if it is no longer available. */
    public synchronized Optional<History> of(PeerId id) {
        return Optional.ofNullable(closed.get(id)).map(ClosedHistory::history);
    }

    @Override
    public void closed(PeerSession session, PeerSnapshot last) {
        History history = History.ifPresent(session);
        if (history != null) {
            history.close();
            keep(session.id(), history);
        }
    }

    private synchronized void keep(PeerId id, History history) {
        long bytes = history.memory();
        closed.put(id, new ClosedHistory(history, bytes));
        closedBytes += bytes;
        while (closed.size() > MAX_CLOSED
                || (closedBytes > MAX_CLOSED_BYTES && closed.size() > 1)) {
            closedBytes -= closed.pollFirstEntry().getValue().bytes();
        }
    }
}
