package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Refusal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import org.jspecify.annotations.Nullable;

/**
 * Messages that go to the same peers in one pass: encoded once for each framing, and written to
 * each peer with one call.
 */
final class Batch {

    record Message(Payload payload, DeliveryTracker tracker, ConnectionCutoff cutoff) {}

    private final List<Message> messages;
    private final Target target;
    private final int lists;

    /** Includes the peers that are targets of all messages. */
    private final ConnectionCutoff cutoff;

    /** Guarded by this object's monitor. All threads of the pass share the values. */
    private final Map<Framing, Frames> encoded = new HashMap<>(2);

    Batch(List<Message> messages, Target target) {
        this.messages = messages;
        this.target = target;
        this.lists = messages.stream().mapToInt(each -> each.tracker().lists()).max().orElse(0);
        this.cutoff =
                messages.stream()
                        .map(Message::cutoff)
                        .reduce(ConnectionCutoff.NONE, ConnectionCutoff::and);
    }

    /**
     * Offers the messages to the sessions of this range, on the calling thread. Several threads may
     * walk ranges of their own at the same time.
     */
    void walk(Spliterator<PeerSession> sessions) {
        Walk walk = new Walk();
        sessions.forEachRemaining(
                session -> {
                    if (target.matches(session)) {
                        if (cutoff.includes(session)) {
                            walk.offer(session);
                        } else {
                            offerSome(session);
                        }
                    }
                });
        messages.forEach(message -> walk.tell(message.tracker()));
    }

    /** Offers the messages that include a peer which others do not. */
    private void offerSome(PeerSession session) {
        messages.stream()
                .filter(each -> each.cutoff().includes(session))
                .forEach(each -> new Batch(List.of(each), target).walk(of(session)));
    }

    private static Spliterator<PeerSession> of(PeerSession session) {
        return List.of(session).spliterator();
    }

    /**
     * Returns whether the listener's peers can be sent the messages. Senders have checked this,
     * except for peers that joined a group since, and for listeners that limit the length and had
     * no peer.
     */
    private boolean fits(Listener listener, Framing framing) {
        boolean sure =
                !(target instanceof Target.OfGroup)
                        && listener.socket().longestSend() == Integer.MAX_VALUE;
        return sure || messages.stream().allMatch(each -> each.payload().fits(listener, framing));
    }

    private synchronized Frames frames(Framing framing) {
        return encoded.computeIfAbsent(framing, this::encode);
    }

    private Frames encode(Framing framing) {
        List<Frames.Share> shares = new ArrayList<>(messages.size());
        int length = 0;
        for (Message message : messages) {
            Frames.Share share = message.payload().share(framing, message.tracker());
            shares.add(share);
            length += share.bytes();
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (Message message : messages) {
            at = message.payload().encode(framing, bytes, at);
        }
        return new Frames(ByteBuffer.wrap(bytes), shares);
    }

    /** One thread's share of a pass. */
    private final class Walk {
        private final Map<String, View> views = new HashMap<>(2);
        private final List<PeerSession> written = new ArrayList<>();
        private int count;

        /** What a listener's peers get; null if its framing cannot carry one of the messages. */
        private record View(@Nullable Frames frames, ByteBuffer bytes) {}

        void offer(PeerSession session) {
            View view = views.computeIfAbsent(session.listener().name(), _ -> view(session));
            Frames frames = view.frames();
            if (frames == null) {
                messages.forEach(each -> each.tracker().refused(session, Refusal.BAD_PAYLOAD));
            } else if (session.offer(frames, view.bytes())) {
                count++;
                if (written.size() < lists) {
                    written.add(session);
                }
            }
        }

        private View view(PeerSession session) {
            Framing framing = messages.getFirst().payload().framingFor(session.listener());
            if (!fits(session.listener(), framing)) {
                return new View(null, ByteBuffer.allocate(0));
            }
            Frames frames = frames(framing);
            return new View(frames, frames.view());
        }

        void tell(DeliveryTracker tracker) {
            tracker.wrote(count, written.subList(0, Math.min(written.size(), tracker.lists())));
        }
    }
}
