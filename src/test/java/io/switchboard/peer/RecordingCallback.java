package io.switchboard.peer;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records each call as a line. */
public final class RecordingCallback implements DeliveryCallback {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void refused(PeerSession peer, RejectReason reason) {
        lines.add("refused " + reason.word());
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
