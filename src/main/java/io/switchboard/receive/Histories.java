package io.switchboard.receive;

import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Finds the histories of received and of sent messages of live and of recently closed peers. The
 * histories of closed peers have their own limits; when a limit is exceeded, the peer that closed
 * first is removed. This object's monitor guards {@code closed} and {@code closedBytes}.
 */
@Component
public final class Histories implements PeerObserver {
    private static final int MAX_CLOSED = 1_000;
    private static final long MAX_CLOSED_BYTES = DataSize.ofMegabytes(8).toBytes();

    /** The histories of a closed peer, null if empty, and their size when the peer closed. */
    private record ClosedHistory(
            @Nullable History history, @Nullable SentHistory sent, long bytes) {}

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

    /** Returns the sent messages of a closed peer; empty if they are no longer available. */
    public synchronized Optional<SentHistory> sentTo(PeerId id) {
        return Optional.ofNullable(closed.get(id)).map(ClosedHistory::sent);
    }

    @Override
    public void connected(PeerSession session) {
        SentHistory.create(session, budget);
    }

    @Override
    public void closed(PeerSession session, PeerSnapshot last) {
        History history = History.ifPresent(session);
        SentHistory sent = SentHistory.of(session);
        long bytes = 0;
        if (history != null) {
            history.close();
            bytes += history.memory();
        }
        if (sent != null) {
            sent.close();
            bytes += sent.memory();
        }
        if (bytes > 0 || last.sent().messages() > 0) {
            keep(session.id(), new ClosedHistory(history, sent, bytes));
        }
    }

    private synchronized void keep(PeerId id, ClosedHistory histories) {
        long bytes = histories.bytes();
        closed.put(id, histories);
        closedBytes += bytes;
        while (closed.size() > MAX_CLOSED
                || (closedBytes > MAX_CLOSED_BYTES && closed.size() > 1)) {
            closedBytes -= closed.pollFirstEntry().getValue().bytes();
        }
    }
}
