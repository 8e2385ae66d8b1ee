package io.switchboard.peer;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A receipt that writes down what it is told, a line for each call. */
public final class Told implements Receipt {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void refused(PeerSession peer, Refusal refusal) {
        lines.add("refused " + refusal.word());
    }

    @Override
    public void queued(PeerSession peer) {
        lines.add("queued");
    }

    @Override
    public void written(PeerSession peer, int bytes) {
        lines.add("written " + bytes);
    }

    @Override
    public void failed(PeerSession peer, CloseReason reason) {
        lines.add("failed " + reason.word());
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }
}
