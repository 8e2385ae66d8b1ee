package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.store.Transaction;
import io.switchboard.tracing.TraceContext;
import io.switchboard.webhook.EventRows.Row;
import io.switchboard.webhook.EventRows.StoredPeer;
import io.switchboard.webhook.QueuedEvent.InStore;
import io.switchboard.webhook.QueuedEvent.Source;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a {@link Backlog} writes in one transaction. Only its thread uses it. */
final class BacklogBatch {

    /**
     * An event that is to be stored.
     *
     * @param posted false if its type is not selected and only its peer is stored
     */
    record Pending(
            PeerEventQueue source, Event event, boolean posted, @Nullable TraceContext trace) {}

    /**
     * An event with the JSON that is posted.
     *
     * @param delivery the id of its delivery
     */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Prepared(Pending pending, String delivery, byte[] body) {
        Source source() {
            return pending.source().backlogged().source();
        }

        InStore stored(long maxAge) {
            return new InStore(
                    source(),
                    pending.event().seq(),
                    delivery,
                    pending.event().nanos() + maxAge,
                    EventRows.ROW_OVERHEAD + body.length,
                    body,
                    pending.trace());
        }
    }

    private final EventRows rows;
    private final long maxAge;
    private final List<Prepared> events;
    private final List<InStore> removals;
    private final List<StoredPeer> connected = new ArrayList<>();
    private final List<StoredPeer> identified = new ArrayList<>();
    private final List<Source> gone = new ArrayList<>();
    private boolean attempted;

    /**
     * @param keepsPeers whether connected peers are stored
     * @param maxAge the nanoseconds for which an event is posted
     */
    BacklogBatch(
            EventRows rows,
            boolean keepsPeers,
            long maxAge,
            List<Prepared> events,
            List<InStore> removals) {
        this.rows = rows;
        this.maxAge = maxAge;
        this.events = events;
        this.removals = removals;
        if (keepsPeers) {
            events.forEach(this::prepare);
        }
    }

    private void prepare(Prepared event) {
        EventType type = event.pending().event().type();
        switch (type) {
            case CONNECTED -> connected.add(new StoredPeer(event.source(), peer(event.body())));
            case IDENTIFIED -> identified.add(new StoredPeer(event.source(), peer(event.body())));
            case CLOSED -> gone.add(event.source());
            case MESSAGE,
                    SEND_FAILED,
                    MESSAGE_STORED,
                    MESSAGE_ACKED,
                    MESSAGE_EXPIRED,
                    MESSAGE_CANCELLED -> {}
        }
    }

    /** Returns the peer of an event, as JSON. */
    private static byte[] peer(byte[] body) {
        JsonNode event = JsonMapper.shared().readTree(body);
        return JsonMapper.shared().writeValueAsBytes(event.get("peer"));
    }

    /** Writes; may be called again, after a failure too. */
    void write(Transaction in) {
        List<Row> inserted =
                events.stream()
                        .filter(each -> each.pending().posted())
                        .map(each -> row(each, in))
                        .toList();
        if (attempted) {
            // the connection may have broken after the commit
            if (!inserted.isEmpty()) {
                rows.undo(
                        in,
                        inserted.getFirst().source().run(),
                        inserted.getFirst().seq(),
                        inserted.getLast().seq());
            }
            rows.closed(in, connected.stream().map(StoredPeer::source).toList());
        }
        attempted = true;
        rows.insert(in, inserted);
        // a peer connects before it is identified, and both before it closes
        rows.connected(in, connected);
        rows.changed(in, identified);
        rows.closed(in, gone);
        rows.delete(in, removals);
    }

    private Row row(Prepared each, Transaction in) {
        long left = each.pending().event().nanos() + maxAge - in.nanos();
        return new Row(
                each.source(),
                each.pending().event().seq(),
                each.delivery(),
                in.now() + TimeUnit.NANOSECONDS.toMillis(left),
                each.body());
    }

    /** Returns the size of the JSON of all events. */
    long bodyBytes() {
        return events.stream().mapToLong(each -> each.body().length).sum();
    }

    List<Prepared> events() {
        return events;
    }

    List<InStore> removals() {
        return removals;
    }
}
