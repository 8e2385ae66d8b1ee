package io.switchboard.web;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.Subscription;
import java.util.ArrayList;
import java.util.List;

/** A single node's events. */
final class OwnEvents implements EventSupply {
    private final Subscription subscription;
    private final EventFrames frames;
    private long waitedBefore;

    OwnEvents(Subscription subscription, EventFrames frames) {
        this.subscription = subscription;
        this.frames = frames;
    }

    @Override
    public byte[] opening() {
        return frames.opening(id());
    }

    @Override
    public Page read(long waited) {
        Subscription.Page page = subscription.read();
        Subscription.Gap gap = page.gap();
        boolean slow = waited - waitedBefore >= PATIENCE_NANOS;
        waitedBefore = waited;
        if (gap != null && slow) {
            return new Page(List.of(), frames.cut(gap));
        }
        if (page.isEmpty()) {
            return new Page(List.of(), null);
        }
        List<byte[]> told = new ArrayList<>(page.events().size() + 1);
        if (gap != null) {
            told.add(frames.gap(Long.toString(gap.to()), gap, null));
        }
        for (Event event : page.events()) {
            told.add(frames.of(event));
        }
        return new Page(told, null);
    }

    @Override
    public byte[] heartbeat() {
        return frames.heartbeat(id());
    }

    @Override
    public byte[] ending() {
        return frames.ending("");
    }

    private String id() {
        return Long.toString(subscription.after());
    }

    @Override
    public void await(long nanos) {
        subscription.await(nanos);
    }

    @Override
    public void pause(long nanos) {
        subscription.pause(nanos);
    }

    @Override
    public boolean ended() {
        return subscription.ended();
    }

    @Override
    public void cut() {
        subscription.cut();
    }

    @Override
    public void close() {
        subscription.close();
    }
}
