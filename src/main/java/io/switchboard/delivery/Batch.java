package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.RejectReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import org.jspecify.annotations.Nullable;

/**
 * Messages with the same target that are offered to its peers in one pass. They are encoded
 * together, once per framing, and each peer gets all of them in one write.
 */
final class Batch {

    record Message(Payload payload, DeliveryTracker tracker, ConnectionCutoff cutoff) {}

    private final List<Message> messages;
    private final Recipients recipients;
    private final int recordLimit;

    /** Includes the peers that the cutoffs of all messages include. */
    private final ConnectionCutoff cutoff;

    /** Guarded by this object's monitor. The threads of the pass share the values. */
    private final Map<Payload.Form, EncodedFrames> encoded = new HashMap<>(2);

    Batch(List<Message> messages, Recipients recipients) {
        this.messages = messages;
        this.recipients = recipients;
        this.recordLimit =
                messages.stream().mapToInt(each -> each.tracker().recordLimit()).max().orElse(0);
        this.cutoff =
                messages.stream()
                        .map(Message::cutoff)
                        .reduce(ConnectionCutoff.NONE, ConnectionCutoff::and);
    }

    /**
     * Offers the messages to those sessions of this range that are recipients, on the calling
     * thread. Several threads may walk disjoint ranges at the same time.
     */
    void walk(Spliterator<PeerSession> sessions) {
        Walk walk = new Walk();
        sessions.forEachRemaining(
                session -> {
                    if (recipients.matches(session)) {
                        if (cutoff.includes(session)) {
                            walk.offer(session);
                        } else {
                            offerSome(session);
                        }
                    }
                });
        messages.forEach(message -> walk.report(message.tracker()));
    }

    /** Offers only the messages whose cutoff includes this session. */
    private void offerSome(PeerSession session) {
        messages.stream()
                .filter(each -> each.cutoff().includes(session))
                .forEach(each -> new Batch(List.of(each), recipients).walk(of(session)));
    }

    private static Spliterator<PeerSession> of(PeerSession session) {
        return List.of(session).spliterator();
    }

    /**
     * Returns whether the listener's framing and transport can carry the messages. The sender has
     * checked this before the pass, with two exceptions: for a peer that joined a group, or came
     * into reach, after the check, and for a listener that limits the length and had no peer then.
     */
    private boolean fits(Listener listener, Framing framing) {
        boolean checked =
                !(recipients.target() instanceof Target.OfGroup)
                        && recipients.reach().includesAll()
                        && listener.socket().longestSend() == Integer.MAX_VALUE;
        return checked
                || messages.stream().allMatch(each -> each.payload().fits(listener, framing));
    }

    private synchronized EncodedFrames frames(Payload.Form form) {
        return encoded.computeIfAbsent(form, this::encode);
    }

    private EncodedFrames encode(Payload.Form form) {
        Framing framing = form.framing();
        List<EncodedFrames.Share> shares = new ArrayList<>(messages.size());
        int length = 0;
        for (Message message : messages) {
            EncodedFrames.Share share =
                    message.payload().in(form.charset()).share(framing, message.tracker());
            shares.add(share);
            length += share.bytes();
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (Message message : messages) {
            at = message.payload().in(form.charset()).encode(framing, bytes, at);
        }
        return new EncodedFrames(ByteBuffer.wrap(bytes), shares);
    }

    /** The part of a pass that one thread performs; used by that thread only. */
    private final class Walk {
        private final Map<String, View> views = new HashMap<>(2);
        private final List<PeerSession> written = new ArrayList<>();
        private int count;

        /**
         * The encoded messages for the peers of one listener.
         *
         * @param frames null if the listener's framing or transport cannot carry one of the
         *     messages
         * @param bytes the bytes of {@code frames}, with this thread's own position
         */
        private record View(@Nullable EncodedFrames frames, ByteBuffer bytes) {}

        void offer(PeerSession session) {
            View view = views.computeIfAbsent(session.listener().name(), _ -> view(session));
            EncodedFrames frames = view.frames();
            messages.forEach(each -> each.tracker().sending(session));
            if (frames == null) {
                messages.forEach(each -> each.tracker().refused(session, RejectReason.BAD_PAYLOAD));
            } else if (session.offer(frames, view.bytes())) {
                messages.forEach(each -> each.tracker().sent(session));
                count++;
                if (written.size() < recordLimit) {
                    written.add(session);
                }
            }
        }

        private View view(PeerSession session) {
            Payload.Form form = messages.getFirst().payload().formFor(session.listener());
            if (!fits(session.listener(), form.framing())) {
                return new View(null, ByteBuffer.allocate(0));
            }
            EncodedFrames frames = frames(form);
            return new View(frames, frames.view());
        }

        void report(DeliveryTracker tracker) {
            tracker.writtenDirectly(
                    count, written.subList(0, Math.min(written.size(), tracker.recordLimit())));
        }
    }
}
