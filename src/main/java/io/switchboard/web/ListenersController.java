package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.KernelSockets.AcceptQueue;
import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Transport;
import io.switchboard.web.Tables.TableConverter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /listeners}: bind(2) and listen(2), seen from outside. */
@RestController
final class ListenersController {

    /**
     * @param address null while nothing is bound
     * @param backlog as it was asked for; null for UDP, where nobody waits to be accepted
     * @param acceptQueue how full it is; null likewise, and where the kernel does not tell
     * @param receiveQueue of UDP, how full it is, and what it had no room for
     * @param maxFrame bytes
     * @param idleTimeout as a duration of the API, {@code 0s} when off
     */
    record Row(
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
            String idleTimeout) {

        static Row of(
                Listener listener,
                @Nullable AcceptQueue acceptQueue,
                @Nullable DatagramQueue receiveQueue) {
            return new Row(
                    listener.name(),
                    listener.transport().word(),
                    listener.proxied(),
                    listener.socket().address(),
                    listener.socket().listening(),
                    listener.transport() == Transport.UDP ? null : listener.socket().backlog(),
                    acceptQueue,
                    receiveQueue,
                    listener.framing(),
                    listener.framingOut(),
                    listener.maxFrame(),
                    listener.counters().peers(),
                    listener.maxConnections(),
                    listener.maxConnectionsPerAddress(),
                    DurationText.of(listener.idleTimeout()));
        }
    }

    record Page(List<Row> listeners) {}

    private final Listeners listeners;
    private final KernelSockets kernel;

    ListenersController(Listeners listeners, KernelSockets kernel) {
        this.listeners = listeners;
        this.kernel = kernel;
    }

    @GetMapping(
            path = "/listeners",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    Page list() {
        return new Page(listeners.all().stream().map(this::row).toList());
    }

    private Row row(Listener listener) {
        SocketAddress address = listener.socket().socketAddress();
        if (address == null) {
            return Row.of(listener, null, null);
        }
        return listener.transport() == Transport.UDP
                ? Row.of(
                        listener,
                        null,
                        kernel.datagramQueue((InetSocketAddress) address).orElse(null))
                : Row.of(listener, kernel.acceptQueue(address).orElse(null), null);
    }
}
