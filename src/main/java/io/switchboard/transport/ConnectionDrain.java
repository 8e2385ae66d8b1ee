package io.switchboard.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.validation.annotation.Validated;

/**
 * Closes all peers in order when the service is stopped, while HTTP requests are still answered.
 *
 * <p>Spring has set readiness to refusing before {@link #stop} is called. After the delay the
 * listeners stop accepting. Then the peers are closed, spread over time: each peer's outbox is
 * flushed, the farewell is sent and the stream is ended (FIN). The drain runs before the web server
 * and the listeners' adapters stop, because their phases are lower.
 */
@Component
final class ConnectionDrain implements SmartLifecycle {
    /**
     * How the service closes its peers when it is stopped.
     *
     * @param delay time between readiness going down and the end of accepting; load balancers use
     *     it to notice
     * @param spread longest time over which the closes are spread, so that the peers do not all
     *     reconnect at once
     * @param farewell last message to every peer, in the framing of its listener
     */
    @Validated
    @ConfigurationProperties("switchboard.drain")
    record DrainProperties(
            @DefaultValue("5s") @DurationMin @DurationMax(minutes = 10) Duration delay,
            @DefaultValue("15s") @DurationMin @DurationMax(minutes = 10) Duration spread,
            @Nullable String farewell) {}

    /**
     * Higher than the web server's phase, {@code DEFAULT_PHASE - 1024}: Spring stops higher phases
     * first.
     */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(ConnectionDrain.class);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(4);

    /** Longer than the flush timeout, because a loop checks deadlines only every 250 ms. */
    private static final Duration LAST_FLUSH_TIMEOUT = FLUSH_TIMEOUT.plusSeconds(1);

    private static final Duration MAX_CLOSE_INTERVAL = Duration.ofMillis(10);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(5);

    private final DrainProperties properties;
    private final PeerRegistry registry;
    private final Listeners listeners;
    private volatile boolean running;

    ConnectionDrain(DrainProperties properties, PeerRegistry registry, Listeners listeners) {
        this.properties = properties;
        this.registry = registry;
        this.listeners = listeners;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop(Runnable callback) {
        Runnable drain =
                () -> {
                    try {
                        stop();
                    } finally {
                        callback.run();
                    }
                };
        Thread.ofVirtual().name("drain").start(drain);
    }

    @Override
    public void stop() {
        log.info(
                "draining: readiness is down, accepting ends in {} s, {} peers",
                properties.delay().toSeconds(),
                registry.sessions().size());
        pause(properties.delay());
        for (Listener each : listeners.all()) {
            if (each.socket() instanceof Acceptor acceptor) {
                acceptor.stopAccepting();
            }
        }
        Map<PeerSession, CompletableFuture<PeerSnapshot>> closing = new HashMap<>();
        closeSpreadOut(List.copyOf(registry.sessions()), closing);
        awaitEmpty(closing);
        log.info("drained: {} peers left", registry.sessions().size());
        running = false;
    }

    private void closeSpreadOut(
            List<PeerSession> sessions, Map<PeerSession, CompletableFuture<PeerSnapshot>> closing) {
        if (sessions.isEmpty()) {
            return;
        }
        long interval =
                Math.min(
                        properties.spread().dividedBy(sessions.size()).toNanos(),
                        MAX_CLOSE_INTERVAL.toNanos());
        long start = System.nanoTime();
        for (int at = 0; at < sessions.size(); at++) {
            pause(Duration.ofNanos(start + at * interval - System.nanoTime()));
            closing.computeIfAbsent(sessions.get(at), this::close);
        }
    }

    /**
     * Waits until no session is left and every close event has been published, or until the last
     * flush timeout has passed. Sessions that were accepted just before the end of accepting are
     * closed here as well; the stop of the listeners aborts the rest.
     *
     * <p>An empty registry is not enough: a session leaves the registry before its close event is
     * published, and subscribers would miss the last events.
     */
    private void awaitEmpty(Map<PeerSession, CompletableFuture<PeerSnapshot>> closing) {
        long deadline = System.nanoTime() + LAST_FLUSH_TIMEOUT.toNanos();
        while (!(registry.sessions().isEmpty() && closing.isEmpty())
                && System.nanoTime() - deadline < 0) {
            closing.values().removeIf(CompletableFuture::isDone);
            registry.sessions().forEach(each -> closing.computeIfAbsent(each, this::close));
            pause(POLL_INTERVAL);
        }
    }

    /** Closes the session; the result completes after its close event has been published. */
    private CompletableFuture<PeerSnapshot> close(PeerSession session) {
        String farewell = properties.farewell();
        byte[] frame =
                farewell == null
                        ? null
                        : session.listener().encoder().frame(farewell.getBytes(UTF_8));
        return session.closeAsync(CloseReason.SHUTTING_DOWN, null, frame, FLUSH_TIMEOUT);
    }

    private static void pause(Duration time) {
        if (time.isPositive()) {
            LockSupport.parkNanos(time.toNanos());
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
