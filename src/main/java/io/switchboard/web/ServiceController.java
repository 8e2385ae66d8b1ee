package io.switchboard.web;

import static org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Transport;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /listeners} and {@code GET /nodes}: where this service listens and runs. */
@RestController
@RequestMapping(produces = {APPLICATION_JSON_VALUE, Tables.TEXT})
final class ServiceController {

    /**
     * @param address null while nothing is bound
     * @param backlog as passed to listen(2); null for UDP
     * @param acceptQueue connections that wait to be accepted; null for UDP and if the kernel does
     *     not report it
     * @param receiveQueue of UDP: how full it is, and how much it had no room for
     * @param maxFrame bytes
     * @param idleTimeout as a duration of the API, {@code 0s} when off
     */
    record ListenerRow(
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
            String idleTimeout) {}

    record ListenerPage(List<ListenerRow> listeners) {}

    /**
     * @param self whether it is the one that was asked
     */
    record NodeRow(@JsonUnwrapped Node node, boolean self) {}

    record NodePage(int total, List<NodeRow> nodes) {}

    private final Listeners listeners;
    private final KernelSockets kernel;
    private final Cluster cluster;

    ServiceController(Listeners listeners, KernelSockets kernel, Cluster cluster) {
        this.listeners = listeners;
        this.kernel = kernel;
        this.cluster = cluster;
    }

    @GetMapping("/listeners")
    ListenerPage listeners() {
        return new ListenerPage(listeners.all().stream().map(this::row).toList());
    }

    private ListenerRow row(Listener listener) {
        ListenerSocket socket = listener.socket();
        SocketAddress address = socket.socketAddress();
        boolean udp = listener.transport() == Transport.UDP;
        AcceptQueue accept =
                address == null || udp ? null : kernel.acceptQueue(address).orElse(null);
        DatagramQueue receive =
                udp && address instanceof InetSocketAddress bound
                        ? kernel.datagramQueue(bound).orElse(null)
                        : null;
        return new ListenerRow(
                listener.name(),
                listener.transport().word(),
                listener.proxied(),
                socket.address(),
                socket.listening(),
                udp ? null : socket.backlog(),
                accept,
                receive,
                listener.framing(),
                listener.framingOut(),
                listener.maxFrame(),
                listener.counters().peers(),
                listener.maxConnections(),
                listener.maxConnectionsPerAddress(),
                DurationText.of(listener.idleTimeout()));
    }

    @GetMapping("/nodes")
    NodePage nodes() {
        List<NodeRow> rows =
                Stream.concat(
                                Stream.of(new NodeRow(cluster.self(), true)),
                                cluster.others().stream().map(each -> new NodeRow(each, false)))
                        .sorted(Comparator.comparing(row -> row.node().id()))
                        .toList();
        return new NodePage(rows.size(), rows);
    }
}
