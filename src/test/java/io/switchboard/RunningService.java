package io.switchboard;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listeners;
import java.io.IOException;
import java.util.Objects;
import org.springframework.core.env.Environment;

/** The service that {@link WithService} runs, as its clients see it. */
final class RunningService {
    private final Listeners listeners;
    private final Environment environment;

    RunningService(Listeners listeners, Environment environment) {
        this.listeners = listeners;
        this.environment = environment;
    }

    /** Where the listener {@code default} is bound. */
    int port() {
        return port("default");
    }

    int port(String listener) {
        Endpoint address = listeners.find(listener).orElseThrow().socket().address();
        return ((Endpoint.Inet) Objects.requireNonNull(address, () -> listener + " is not bound"))
                .port();
    }

    Api api() {
        return new Api(environment.getRequiredProperty("local.server.port", Integer.class));
    }

    RawClient connect() throws IOException {
        return RawClient.connect(port());
    }
}
