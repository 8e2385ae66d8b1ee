package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.events.EventType;
import io.switchboard.store.Transaction;
import io.switchboard.webhook.EventRows.Row;
import io.switchboard.webhook.EventRows.StoredPeer;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * The peers of runs that ended without closing them. A normal stop leaves none, because the drain
 * closes every peer.
 */
final class CrashedRuns {
    private static final int PEERS = 500;

    /** The reason of the closed events. */
    static final String REASON = "service_restarted";

    private final EventRows rows;
    private final String run;
    private final EventQueueSettings properties;

    /**
     * @param run identifies this run of the service
     */
    CrashedRuns(EventRows rows, String run, EventQueueSettings properties) {
        this.rows = rows;
        this.run = run;
        this.properties = properties;
    }

    /**
     * Inserts a closed event for some of the peers, behind their other events, and removes the
     * peers.
     *
     * @param seqs returns numbers that are greater than those of all events of the ended run
     * @return the number of peers; 0 if none is left
     */
    int closePeers(Transaction in, String ended, LongSupplier seqs) {
        List<StoredPeer> peers = rows.peers(in, ended, PEERS);
        if (properties.events().contains(EventType.CLOSED)) {
            List<Row> events = new ArrayList<>(peers.size());
            for (StoredPeer each : peers) {
                long seq = seqs.getAsLong();
                events.add(
                        new Row(
                                each.source(),
                                seq,
                                HttpWebhookClient.delivery(run, rows.listener(), seq),
                                in.now() + properties.maxAge().toMillis(),
                                closed(seq, each, in.now())));
            }
            rows.insert(in, events);
        }
        rows.closed(in, peers.stream().map(StoredPeer::source).toList());
        return peers.size();
    }

    private static byte[] closed(long seq, StoredPeer peer, long now) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JsonMapper.shared().createGenerator(bytes)) {
            out.writeStartObject();
            out.writeNumberProperty("seq", seq);
            out.writeStringProperty("type", EventType.CLOSED.word());
            out.writeStringProperty("at", Instant.ofEpochMilli(now).toString());
            out.writeName("peer");
            out.writeRawValue(new String(peer.fields(), UTF_8));
            out.writeStringProperty("reason", REASON);
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }
}
