package io.switchboard.query;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.inbound.Histories;
import io.switchboard.inbound.History;
import io.switchboard.inbound.InboundMessage;
import io.switchboard.inbound.Ring;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.Refusal.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Gets, changes and closes one peer and reads its messages, on whichever node it is. Thread-safe.
 *
 * <p>All methods take an id or a name. They throw {@link Refusal.RefusedException} if there is no
 * such peer, if several have the name, or if the node that has it does not answer.
 */
@Component
public final class PeerService implements RpcHandler<PeerService.Request, PeerService.Answer> {
    /**
     * What to do with a peer of the receiving node. At most one of the last three components is
     * set; with none, the answer is the peer itself.
     */
    record Request(
            String peer,
            @Nullable PeerChange change,
            @Nullable Farewell farewell,
            @Nullable ReadMessages read) {}

    record ReadMessages(long after, int limit, Duration longest) {}

    /** The result, or why there is none. */
    record Answer(@Nullable PeerRow row, @Nullable Messages messages, @Nullable Refusal refusal)
            implements Nodes.Refusable {
        static Answer of(PeerRow row) {
            return new Answer(row, null, null);
        }
    }

    /**
     * Messages that a peer sent, the oldest first.
     *
     * @param next the sequence number to read on after
     * @param missed how many messages before these are forgotten
     */
    public record Messages(List<Message> messages, long next, long missed) {}

    /**
     * One message.
     *
     * @param seq counts the messages of the peer, from 1
     * @param payload without framing; shared, must not be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // messages are not compared
    public record Message(long seq, Instant at, byte[] payload) {}

    private final PeerRegistry registry;
    private final PeerFinder finder;
    private final Histories histories;
    private final Nodes nodes;

    PeerService(PeerRegistry registry, PeerFinder finder, Histories histories, Nodes nodes) {
        this.registry = registry;
        this.finder = finder;
        this.histories = histories;
        this.nodes = nodes;
    }

    /** Returns the peer, live or closed. */
    public PeerRow get(String peer) {
        return row(execute(new Request(peer, null, null, null)));
    }

    /** Changes a live peer and returns it as it is then. */
    public PeerRow change(String peer, PeerChange change) {
        change.check();
        return row(execute(new Request(peer, change, null, null)));
    }

    /** Closes a live peer. Blocks until it is closed, up to 5 s; see {@link Farewell}. */
    public void close(String peer, Farewell farewell) {
        var _ = execute(new Request(peer, null, farewell, null));
    }

    /**
     * Returns messages of a peer, live or closed.
     *
     * @param after a sequence number; 0 for the oldest that is kept
     * @param wait how long to block until there is a message
     */
    public Messages messages(String peer, long after, int limit, Duration wait) {
        ReadMessages read = new ReadMessages(after, limit, wait);
        return Objects.requireNonNull(
                execute(new Request(peer, null, null, read)).messages(), "messages");
    }

    private static PeerRow row(Answer answer) {
        return Objects.requireNonNull(answer.row(), "row");
    }

    private Answer execute(Request request) {
        return nodes.execute(nodes.owner(request.peer()), this, request);
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("peer", Request.class, Answer.class);
    }

    @Override
    public Answer handle(Request request, long askedAt) throws InterruptedException {
        try {
            return here(request);
        } catch (RefusedException e) {
            return new Answer(null, null, e.refusal());
        }
    }

    private Answer here(Request request) throws InterruptedException {
        ReadMessages read = request.read();
        PeerChange change = request.change();
        Farewell farewell = request.farewell();
        if (read != null) {
            return new Answer(null, messages(request.peer(), read), null);
        }
        if (change != null) {
            change.check();
            PeerSession session = live(request.peer());
            change.apply(session, registry);
            return Answer.of(finder.one(session));
        }
        if (farewell != null) {
            farewell.close(List.of(live(request.peer())));
            return new Answer(null, null, null);
        }
        return Answer.of(find(request.peer()));
    }

    private PeerRow find(String reference) {
        return switch (registry.find(reference)) {
            case Lookup.Live(PeerSession session) -> finder.one(session);
            case Lookup.Several(List<PeerSession> several) -> throw ambiguous(reference, several);
            case Lookup.Closed(Optional<Peer> last) ->
                    last.map(peer -> finder.row(peer, null))
                            .orElseThrow(
                                    () ->
                                            Refusal.closedPeer(
                                                    reference, ", and no longer remembered"));
            case Lookup.Unknown _ -> throw Refusal.unknownPeer(reference);
        };
    }

    private PeerSession live(String reference) {
        return switch (registry.find(reference)) {
            case Lookup.Live(PeerSession session) -> session;
            case Lookup.Several(List<PeerSession> several) -> throw ambiguous(reference, several);
            case Lookup.Closed _ -> throw Refusal.closedPeer(reference, " already");
            case Lookup.Unknown _ -> throw Refusal.unknownPeer(reference);
        };
    }

    private static RefusedException ambiguous(String name, List<PeerSession> several) {
        return Refusal.ambiguousPeer(name, Nodes.ids(several));
    }

    private Messages messages(String reference, ReadMessages read) throws InterruptedException {
        Ring.Page<InboundMessage> page =
                switch (registry.find(reference)) {
                    case Lookup.Live(PeerSession session) ->
                            histories.of(session).read(read.after(), read.limit(), read.longest());
                    case Lookup.Several(List<PeerSession> several) ->
                            throw ambiguous(reference, several);
                    case Lookup.Closed(Optional<Peer> last) -> closed(reference, last, read);
                    case Lookup.Unknown _ -> throw Refusal.unknownPeer(reference);
                };
        return new Messages(
                page.items().stream().map(PeerService::message).toList(),
                page.next(),
                page.missed());
    }

    private static Message message(InboundMessage message) {
        return new Message(message.seq(), message.at(), message.payload());
    }

    private Ring.Page<InboundMessage> closed(
            String reference, Optional<Peer> last, ReadMessages read) throws InterruptedException {
        History history = last.flatMap(known -> histories.of(known.id())).orElse(null);
        if (history != null) {
            return history.read(read.after(), read.limit(), Duration.ZERO);
        }
        if (last.isPresent() && last.get().received().messages() == 0) {
            return new Ring.Page<>(0, List.of(), 0);
        }
        throw Refusal.closedPeer(reference, ", and what it said is no longer remembered");
    }
}
