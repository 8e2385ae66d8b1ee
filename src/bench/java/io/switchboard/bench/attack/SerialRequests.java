package io.switchboard.bench.attack;

import io.switchboard.bench.load.HttpConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** HTTP connections that ask for the server's health, each again as soon as it has the response. */
record SerialRequests(int connections, Duration time) implements Assault {

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        byte[] request = HttpConnection.get("/actuator/health");
        try (Callers callers = new Callers(target, request)) {
            Outcome outcome = callers.run(connections, target.scaled(time));
            return () -> Outcome.of(outcome.text());
        }
    }
}
