package io.switchboard;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Logs the addresses of the listeners and of the operator page when the web server is ready. Each
 * listener's address is shown as a command that connects to it.
 */
@Component
final class Welcome {
    private static final Logger log = LoggerFactory.getLogger(Welcome.class);

    private final Listeners listeners;

    Welcome(Listeners listeners) {
        this.listeners = listeners;
    }

    /**
     * Is called before the event listener of {@code AccessPolicy}, so that its line comes after.
     */
    @EventListener
    @Order(0)
    void ready(WebServerInitializedEvent event) {
        String addresses =
                listeners.all().stream()
                        .filter(listener -> listener.socket().address() != null)
                        .map(Welcome::howToConnect)
                        .collect(Collectors.joining(", "));
        log.info("ready: {}", addresses);
        int port = event.getWebServer().getPort();
        log.info("look: http://localhost:{}/ in a browser, or curl localhost:{}/peers", port, port);
    }

    private static String howToConnect(Listener listener) {
        Endpoint address = Objects.requireNonNull(listener.socket().address());
        String client =
                listener.proxied()
                        ? "a trusted proxy's connection to " + address
                        : client(address, listener);
        return "%s (%s)".formatted(client, listener.name());
    }

    private static String client(Endpoint address, Listener listener) {
        return switch (address) {
            case Endpoint.Inet(String host, int port) ->
                    switch (listener.transport()) {
                        case TCP, UNIX -> "nc " + host + " " + port;
                        case UDP -> "nc -u " + host + " " + port;
                        case TLS ->
                                "openssl s_client -quiet -connect %s:%d%s"
                                        .formatted(
                                                host.contains(":") ? "[" + host + "]" : host,
                                                port,
                                                listener.needsCertificate()
                                                        ? " -cert <certificate> -key <key>"
                                                        : "");
                    };
            case Endpoint.Local local -> "nc -U " + local.path();
        };
    }
}
