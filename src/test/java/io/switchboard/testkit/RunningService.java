package io.switchboard.testkit;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listeners;
import java.io.IOException;
import java.util.Objects;
import org.springframework.core.env.Environment;

/** Gives tests the ports and clients of the service that {@link WithService} runs. */
public final class RunningService {
    private final Listeners listeners;
    private final Environment environment;

    RunningService(Listeners listeners, Environment environment) {
        this.listeners = listeners;
        this.environment = environment;
    }

    /** Returns the port to which the listener {@code default} is bound. */
    public int port() {
        return port("default");
    }

    public int port(String listener) {
        Endpoint address = listeners.find(listener).orElseThrow().socket().address();
        return ((Endpoint.Inet) Objects.requireNonNull(address, () -> listener + " is not bound"))
                .port();
    }

    public Api api() {
        return new Api(environment.getRequiredProperty("local.server.port", Integer.class));
    }

    public RawClient connect() throws IOException {
        return RawClient.connect(port());
    }
}
