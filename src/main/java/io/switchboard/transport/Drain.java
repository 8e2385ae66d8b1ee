package io.switchboard.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
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
 * Takes leave of the peers when the service is stopped, while HTTP still answers.
 *
 * <p>Spring has turned readiness down by then. After the delay the listeners stop accepting; then
 * each peer's outbox is flushed, the farewell sent and the stream ended, spread over time. Runs
 * before the web server and the listeners' adapters stop: their phases are lower.
 */
@Component
final class Drain implements SmartLifecycle {
    /**
     * How the service takes leave of its peers when it is stopped.
     *
     * @param delay between readiness going down and the end of accepting, for load balancers to
     *     notice
     * @param spread over how long the closes are spread at most, so that not all come back at once
     * @param farewell a last message to every peer, framed as its listener frames
     */
    @Validated
    @ConfigurationProperties("switchboard.drain")
    record DrainProperties(
            @DefaultValue("5s") @DurationMin @DurationMax(minutes = 10) Duration delay,
            @DefaultValue("15s") @DurationMin @DurationMax(minutes = 10) Duration spread,
            @Nullable String farewell) {}

    /** Above the web server's, {@code DEFAULT_PHASE - 1024}, and so stopped before it. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(Drain.class);
    private static final Duration FLUSH = Duration.ofSeconds(4);

    /** After the last close: its loop sees only a while later that the flush has taken too long. */
    private static final Duration LAST_FLUSH = FLUSH.plusSeconds(1);

    private static final Duration LONGEST_GAP = Duration.ofMillis(10);
    private static final Duration POLL = Duration.ofMillis(5);

    private final DrainProperties properties;
    private final PeerRegistry registry;
    private final List<Acceptor> acceptors;
    private volatile boolean running;

    Drain(DrainProperties properties, PeerRegistry registry, List<Acceptor> acceptors) {
        this.properties = properties;
        this.registry = registry;
        this.acceptors = acceptors;
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
        acceptors.forEach(Acceptor::stopAccepting);
        Map<PeerSession, CompletableFuture<Peer>> closing = new HashMap<>();
        closeSpread(List.copyOf(registry.sessions()), closing);
        awaitEmpty(closing);
        log.info("drained: {} peers left", registry.sessions().size());
        running = false;
    }

    private void closeSpread(
            List<PeerSession> sessions, Map<PeerSession, CompletableFuture<Peer>> closing) {
        if (sessions.isEmpty()) {
            return;
        }
        long gap =
                Math.min(
                        properties.spread().dividedBy(sessions.size()).toNanos(),
                        LONGEST_GAP.toNanos());
        long start = System.nanoTime();
        for (int at = 0; at < sessions.size(); at++) {
            pause(Duration.ofNanos(start + at * gap - System.nanoTime()));
            closing.computeIfAbsent(sessions.get(at), this::close);
        }
    }

    /**
     * Closes also what was accepted in the last moment; the listeners' stop ends what is left.
     * Waits until everybody has been told of each end: a peer leaves the registry before that, and
     * subscribers of events would miss the last.
     */
    private void awaitEmpty(Map<PeerSession, CompletableFuture<Peer>> closing) {
        long end = System.nanoTime() + LAST_FLUSH.toNanos();
        while (!(registry.sessions().isEmpty() && closing.isEmpty())
                && System.nanoTime() - end < 0) {
            closing.values().removeIf(CompletableFuture::isDone);
            registry.sessions().forEach(each -> closing.computeIfAbsent(each, this::close));
            pause(POLL);
        }
    }

    /** Completes when everybody has been told. */
    private CompletableFuture<Peer> close(PeerSession session) {
        String farewell = properties.farewell();
        byte[] frame =
                farewell == null
                        ? null
                        : session.listener().encoder().frame(farewell.getBytes(UTF_8));
        return session.closeLater(CloseReason.SHUTTING_DOWN, null, frame, FLUSH);
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
