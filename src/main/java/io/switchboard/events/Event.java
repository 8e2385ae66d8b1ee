package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.WallClock;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a peer. Immutable, and holds nothing of its session: it may outlive
 * that by long.
 *
 * @param seq orders all events, one apart; a later run's are greater than an earlier one's
 * @param nanos {@link System#nanoTime} when it happened
 * @param payload what the peer sent, without framing, changed by nobody; null but for messages
 * @param reason one word: why a peer closed or a delivery failed; null for the others
 * @param delivery the id in the delivery's report; null but for {@link Type#SEND_FAILED}
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
public record Event(
        long seq,
        Type type,
        long nanos,
        Who peer,
        byte @Nullable [] payload,
        @Nullable String reason,
        @Nullable String delivery)
        implements Numbered {

    /** What happened. */
    public enum Type {
        CONNECTED("connected"),
        /** It has got a name, or another one. */
        IDENTIFIED("identified"),
        MESSAGE("message"),
        CLOSED("closed"),
        /** An outbox held a delivery's bytes, and the peer went before it got all of them. */
        SEND_FAILED("send-failed");

        private final String word;

        Type(String word) {
            this.word = word;
        }

        /** The word for it in the API. */
        public String word() {
            return word;
        }

        /** The type of this word. */
        public static Optional<Type> of(String word) {
            return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
        }
    }

    /**
     * Who a peer was when something happened to it.
     *
     * @param name null without one
     * @param client the far end
     */
    public record Who(
            PeerId id,
            @Nullable String name,
            List<String> groups,
            String listener,
            SocketAddress client) {

        /** Who this session's peer is now. */
        static Who of(PeerSession session) {
            return new Who(
                    session.id(),
                    session.name(),
                    session.groups(),
                    session.listener().name(),
                    session.client());
        }

        /** Whether name and groups are those that this session has now, and not merely equal. */
        @SuppressWarnings("ReferenceEquality") // they come from one record and change with it
        boolean is(PeerSession session) {
            return session.name() == name && session.groups() == groups;
        }

        /** The far end, as getpeername(2) tells it. */
        public Endpoint peername() {
            return Endpoint.of(client);
        }
    }

    /** When it happened, by time of day. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload == null ? 0 : payload.length;
    }
}
