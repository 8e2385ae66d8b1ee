package io.switchboard.peer;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A live view of a session's facts. Each call reads the current value. */
record SessionView(PeerSession session) implements PeerView {

    @Override
    public PeerId id() {
        return session.id();
    }

    @Override
    public PeerState state() {
        return session.state();
    }

    @Override
    public @Nullable String name() {
        return session.name();
    }

    @Override
    public List<String> groups() {
        return session.groups();
    }

    @Override
    public String listenerName() {
        return session.listener().name();
    }

    @Override
    public String transportWord() {
        return session.listener().transport().word();
    }

    @Override
    public Endpoint peername() {
        return session.link().peername();
    }

    @Override
    public Endpoint sockname() {
        return Endpoint.of(session.link().local());
    }

    @Override
    public @Nullable Instant lastReceivedAt() {
        return session.receiveStats().lastAt();
    }

    @Override
    public @Nullable Instant lastSentAt() {
        return sentBytes() == 0 ? null : WallClock.at(session.outbox().lastSent());
    }

    @Override
    public Instant lastActiveAt() {
        long now = System.nanoTime();
        return WallClock.at(now - session.nanosIdle(now));
    }

    @Override
    public long receivedBytes() {
        return session.receiveStats().bytes();
    }

    @Override
    public long sentBytes() {
        return session.outbox().sent().bytes();
    }

    @Override
    public long queuedBytes() {
        return session.outbox().queued().bytes();
    }
}
