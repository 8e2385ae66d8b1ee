package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.Transport;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What another node asks of this one for a page of all nodes' peers. */
@Component
final class PeersThere implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("peers", byte[].class, byte[].class);

    /**
     * @param after the place as a cursor has it; null from the beginning
     */
    record Asked(
            String state,
            @Nullable String name,
            @Nullable String group,
            @Nullable String listener,
            @Nullable String transport,
            @Nullable String q,
            String sort,
            boolean socket,
            int most,
            @Nullable At after) {

        static Asked of(PeerQuery query, int most, @Nullable Place after) {
            PeerFilter filter = query.filter();
            Listener listener = filter.listener();
            Transport transport = filter.transport();
            return new Asked(
                    filter.state().word(),
                    filter.name(),
                    filter.group(),
                    listener == null ? null : listener.name(),
                    transport == null ? null : transport.word(),
                    filter.q(),
                    query.sort().word(),
                    query.socket(),
                    most,
                    after == null ? null : At.of(after));
        }
    }

    /** A place. */
    record At(long rank, int boot, long seq) {
        static At of(Place place) {
            return new At(place.rank(), place.id().boot(), place.id().seq());
        }

        Place place() {
            return new Place(rank, new PeerId(boot, seq));
        }
    }

    /**
     * One that was found.
     *
     * @param cells see {@link PeerTable#cells}
     */
    record Row(At at, JsonNode peer, List<@Nullable String> cells) {}

    record Found(long total, List<Row> rows) {}

    private final PeerLists lists;
    private final Listeners listeners;
    private final Cluster nodes;
    private final JsonMapper json;

    PeersThere(PeerLists lists, Listeners listeners, Cluster nodes, JsonMapper json) {
        this.lists = lists;
        this.listeners = listeners;
        this.nodes = nodes;
        this.json = json;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    /** A listener that this node has not has no peers. */
    @Override
    public byte[] handle(byte[] request, long askedAt) {
        Asked asked = json.readValue(request, Asked.class);
        String listener = asked.listener();
        boolean none = listener != null && listeners.find(listener).isEmpty();
        return json.writeValueAsBytes(none ? new Found(0, List.of()) : found(asked));
    }

    private Found found(Asked asked) {
        String listener = asked.listener();
        String transport = asked.transport();
        At after = asked.after();
        PeerFilter filter =
                new PeerFilter(
                        PeerFilter.State.parse(asked.state()),
                        asked.name(),
                        asked.group(),
                        listener == null ? null : listeners.find(listener).orElseThrow(),
                        transport == null ? null : Transport.of(transport),
                        asked.q());
        PeerQuery query = new PeerQuery(filter, PeerSort.parse(asked.sort()), asked.socket());
        PeerLists.Found found =
                lists.find(query, asked.most(), after == null ? null : after.place());
        Instant now = Instant.now();
        String node = nodes.self().name();
        List<Row> rows =
                found.first().stream()
                        .map(
                                entry -> {
                                    PeerRow row = entry.what().get().at(node);
                                    return new Row(
                                            At.of(entry.place()),
                                            json.valueToTree(row),
                                            PeerTable.cells(row, now));
                                })
                        .toList();
        return new Found(found.total(), rows);
    }
}
