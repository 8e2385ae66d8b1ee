package io.switchboard.http.admin;

import static org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.http.Tables;
import io.switchboard.http.access.Client;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.listener.ListenerCatalog;
import io.switchboard.listener.StoredListeners;
import io.switchboard.net.Endpoint;
import io.switchboard.net.OpenFiles;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerLimits;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.StreamEnd;
import io.switchboard.peer.Transport;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /listeners} and {@code GET /nodes}: the listeners of this node and the nodes. */
@RestController
@RequestMapping(produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
public final class ServiceController {

    /**
     * A row of {@code GET /listeners}.
     *
     * @param address the bound address; null while the listener is not bound
     * @param backlog the backlog that was passed to listen(2); null for UDP
     * @param acceptQueue the connections that wait to be accepted; null for UDP, and if the kernel
     *     does not report it
     * @param receiveQueue the use of a UDP socket's receive queue and its dropped datagrams; null
     *     for other transports, and if the kernel does not report it
     * @param maxFrame the maximum length of a frame in bytes
     * @param limits the rates to which an operator limits the peers; null for no limit
     * @param idleTimeout a duration in the API's text form; {@code 0s} means that there is none
     * @param halfClose what happens to a peer that has ended its output; null for UDP
     * @param halfCloseTimeout the longest time in the state {@code half-closed}; null for UDP
     * @param atEnd what happens to an unfinished frame at the end; null if its framing decides
     * @param source {@code configuration} or {@code api}
     * @param node the only node that has the listener; null if every node has it
     */
    public record ListenerRow(
            String name,
            String transport,
            boolean proxyProtocol,
            @Nullable Endpoint address,
            boolean listening,
            @Nullable Integer backlog,
            @Nullable AcceptQueue acceptQueue,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DatagramQueue receiveQueue,
            String framing,
            String framingOut,
            int maxFrame,
            int peers,
            int maxConnections,
            int maxConnectionsPerAddress,
            PeerLimits limits,
            String idleTimeout,
            @Nullable String halfClose,
            @Nullable String halfCloseTimeout,
            @Nullable String atEnd,
            String source,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String node) {}

    /**
     * The division of the open files of the process, beside {@code maxConnections} of each stream
     * listener.
     *
     * @param limit the number of files that the process may have open
     * @param reserve the files that are reserved for everything but connections
     * @param http the maximum number of HTTP connections
     */
    public record FileDivision(long limit, long reserve, int http) {}

    /**
     * A listener that should be open at this node, or is orphaned.
     *
     * @param orphaned true if its only node has been gone for an hour; otherwise null
     * @param error why it is not open
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NotOpenRow(
            String name,
            String source,
            @Nullable String node,
            @Nullable Boolean orphaned,
            String error) {}

    /**
     * The answer of {@code GET /listeners}.
     *
     * @param notOpen the listeners that are not open; null if there are none
     */
    public record ListenerPage(
            List<ListenerRow> listeners,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<NotOpenRow> notOpen,
            FileDivision openFiles) {}

    /**
     * A row of {@code GET /nodes}.
     *
     * @param peers the number of connected peers; null for a client that reaches only some
     * @param self whether the row is that of the node which answers the request
     */
    public record NodeRow(
            String id,
            @Nullable String name,
            String host,
            @Nullable String version,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer peers,
            boolean draining,
            boolean self) {}

    /** The answer of {@code GET /nodes}. */
    public record NodePage(int total, List<NodeRow> nodes) {}

    private final Listeners listeners;
    private final PeerRegistry registry;
    private final KernelSockets kernel;
    private final Cluster cluster;
    private final OpenFiles files;
    private final ListenerCatalog catalog;
    private final StoredListeners stored;

    ServiceController(
            Listeners listeners,
            PeerRegistry registry,
            KernelSockets kernel,
            Cluster cluster,
            OpenFiles files,
            ListenerCatalog catalog,
            StoredListeners stored) {
        this.listeners = listeners;
        this.registry = registry;
        this.kernel = kernel;
        this.cluster = cluster;
        this.files = files;
        this.catalog = catalog;
        this.stored = stored;
    }

    @GetMapping("/listeners")
    ListenerPage listeners(@AuthenticationPrincipal Client client) {
        Reach reach = client.reach();
        Map<String, Integer> counts = reach.groups().isEmpty() ? null : counts(reach);
        return new ListenerPage(
                reach.within(listeners.all()).stream().map(each -> row(each, counts)).toList(),
                notOpen(reach),
                new FileDivision(files.limit(), files.reserve(), files.http()));
    }

    /** Returns the row of a listener in reach. */
    ListenerRow row(Listener listener, Reach reach) {
        return row(listener, reach.groups().isEmpty() ? null : counts(reach));
    }

    private @Nullable List<NotOpenRow> notOpen(Reach reach) {
        List<NotOpenRow> rows =
                stored.notOpen().stream()
                        .filter(each -> reach.includesListener(each.name()))
                        .map(
                                each ->
                                        new NotOpenRow(
                                                each.name(),
                                                each.source().word(),
                                                each.node(),
                                                each.orphaned() ? true : null,
                                                each.error()))
                        .toList();
        return rows.isEmpty() ? null : rows;
    }

    /** Returns the number of peers in reach of each listener that has some. */
    private Map<String, Integer> counts(Reach reach) {
        Map<String, Integer> counts = new HashMap<>();
        for (PeerSession session : reach.candidates(registry)) {
            if (reach.includes(session)) {
                counts.merge(session.listener().name(), 1, Integer::sum);
            }
        }
        return counts;
    }

    /**
     * Returns the row of a listener.
     *
     * @param counts the peers that the client reaches; null if it reaches all. The queues of the
     *     socket are those of all peers, so they are shown only then.
     */
    private ListenerRow row(Listener listener, @Nullable Map<String, Integer> counts) {
        ListenerSocket socket = listener.socket();
        SocketAddress address = socket.socketAddress();
        boolean udp = listener.transport() == Transport.UDP;
        AcceptQueue acceptQueue =
                address == null || udp || counts != null
                        ? null
                        : kernel.acceptQueue(address).orElse(null);
        DatagramQueue receiveQueue =
                udp && counts == null && address instanceof InetSocketAddress bound
                        ? kernel.datagramQueue(bound).orElse(null)
                        : null;
        StreamEnd end = listener.end();
        StreamEnd.AtEnd atEnd = end == null ? null : end.atEnd();
        return new ListenerRow(
                listener.name(),
                listener.transport().word(),
                listener.proxied(),
                socket.address(),
                socket.listening(),
                udp ? null : socket.backlog(),
                acceptQueue,
                receiveQueue,
                listener.framing(),
                listener.framingOut(),
                listener.maxFrame(),
                counts == null
                        ? listener.counters().peers()
                        : counts.getOrDefault(listener.name(), 0),
                listener.maxConnections(),
                listener.maxConnectionsPerAddress(),
                listener.limits(),
                DurationText.of(listener.idleTimeout()),
                end == null ? null : end.halfClose().word(),
                end == null ? null : DurationText.of(end.timeout()),
                atEnd == null ? null : atEnd.word(),
                catalog.source(listener.name()).word(),
                catalog.node(listener.name()));
    }

    @GetMapping("/nodes")
    NodePage nodes(@AuthenticationPrincipal Client client) {
        boolean counts = client.reach().includesAll();
        List<NodeRow> rows =
                Stream.concat(
                                Stream.of(row(cluster.self(), true, counts)),
                                cluster.others().stream().map(each -> row(each, false, counts)))
                        .sorted(Comparator.comparing(NodeRow::id))
                        .toList();
        return new NodePage(rows.size(), rows);
    }

    private static NodeRow row(Node node, boolean self, boolean counts) {
        return new NodeRow(
                node.id(),
                node.name(),
                node.host(),
                node.version(),
                counts ? node.peers() : null,
                node.draining(),
                self);
    }
}
