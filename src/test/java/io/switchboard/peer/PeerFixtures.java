package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Registries and listeners without sockets; other rooms' tests cannot construct them. */
public final class PeerFixtures {
    private PeerFixtures() {}

    public static PeerRegistry registry() {
        return registry(limits(1_000_000, 1_000), 1_000);
    }

    public static PeerRegistry registry(OutboxProperties limits, int keep) {
        return new PeerRegistry(limits, new ClosedProperties(keep), new SimpleMeterRegistry());
    }

    /** The write deadline is 10 s. */
    public static OutboxProperties limits(int maxBytes, int maxMessages) {
        return limits(maxBytes, maxMessages, DataSize.ofMegabytes(64));
    }

    public static OutboxProperties limits(int maxBytes, int maxMessages, DataSize totalMax) {
        return new OutboxProperties(
                DataSize.ofBytes(maxBytes), maxMessages, Duration.ofSeconds(10), totalMax);
    }

    public static Listener listener(String name) {
        return listener(name, "line");
    }

    /** A listener without idle time-out. */
    public static Listener listener(String name, String framingOut) {
        return listener(name, framingOut, Duration.ZERO);
    }

    public static Listener listener(String name, String framingOut, Duration idleTimeout) {
        return new Listener(
                name,
                Transport.TCP,
                "line",
                framingOut,
                65_536,
                1_000,
                250,
                idleTimeout,
                new NoSocket(),
                new ListenerCounters());
    }

    public static Listeners listeners(Listener... known) {
        Listeners listeners = new Listeners(new SimpleMeterRegistry());
        for (Listener listener : known) {
            listeners.add(listener);
        }
        return listeners;
    }

    /** One delivery of one frame. */
    static Frames frames(String text, Receipt receipt) {
        return Frames.of(text.getBytes(ISO_8859_1), 1, receipt);
    }

    private static final class NoSocket implements ListenerSocket {
        @Override
        public @Nullable Endpoint address() {
            return null;
        }

        @Override
        public boolean listening() {
            return false;
        }

        @Override
        public int backlog() {
            return 0;
        }
    }
}
