package io.switchboard;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Says, once everything is bound, what to type next. */
@Component
final class Welcome {
    private static final Logger log = LoggerFactory.getLogger(Welcome.class);

    private final Listeners listeners;

    Welcome(Listeners listeners) {
        this.listeners = listeners;
    }

    @EventListener
    void ready(WebServerInitializedEvent event) {
        for (Listener listener : listeners.all()) {
            Endpoint address = listener.socket().address();
            if (address != null) {
                log.info(
                        "ready: {} {} a peer, curl localhost:{}/peers shows it",
                        listener.proxied()
                                ? "a trusted proxy's connection to " + address
                                : client(address, listener.transport()),
                        listener.proxied() ? "is" : "connects",
                        event.getWebServer().getPort());
            }
        }
    }

    private static String client(Endpoint address, Transport transport) {
        return switch (address) {
            case Endpoint.Inet(String host, int port) ->
                    switch (transport) {
                        case TCP, UNIX -> "nc " + host + " " + port;
                        case UDP -> "nc -u " + host + " " + port;
                        case TLS ->
                                "openssl s_client -quiet -connect "
                                        + (host.contains(":") ? "[" + host + "]" : host)
                                        + ":"
                                        + port;
                    };
            case Endpoint.Local local -> "nc -U " + local.path();
        };
    }
}
