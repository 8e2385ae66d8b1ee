package io.switchboard.query;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.Rejection.RefusedException;
import io.switchboard.receive.Histories;
import io.switchboard.receive.History;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.Ring;
import io.switchboard.receive.SentHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Gets, changes and closes one peer and reads its messages, on whichever node the peer is
 * connected. Thread-safe.
 *
 * <p>All public methods accept the id or the name of a peer, and the peers that the caller reaches:
 * any other peer is unknown. They throw {@link RefusedException} if no peer has it, if several
 * peers have the name, or if the node that has the peer does not answer.
 */
@Component
public final class PeerService implements RpcHandler<PeerService.Request, PeerService.Answer> {
    /**
     * A command on a peer of the receiving node. At most one of change, farewell and read is not
     * null; if all are null, the command is to return the peer.
     *
     * @param reach the peer is unknown if it is not in it
     */
    record Request(
            String peer,
            @Nullable PeerChange change,
            @Nullable Farewell farewell,
            @Nullable ReadMessages read,
            Reach reach)
            implements Scoped {
        Request {
            reach = Reach.orAll(reach);
        }
    }

    /**
     * The arguments of {@link #messages} and {@link #sentMessages}.
     *
     * @param sent whether to read the messages to the peer; false in what earlier releases send
     */
    record ReadMessages(long after, int limit, Duration longest, boolean sent) {}

    /**
     * The result of a command. All components are null if a peer was closed.
     *
     * @param refusal why the command was not executed; null if it was
     */
    record Answer(@Nullable PeerRow row, @Nullable Messages messages, @Nullable Rejection refusal)
            implements ClusterFanOut.Refusable {
        static Answer of(PeerRow row) {
            return new Answer(row, null, null);
        }
    }

    /**
     * Messages of a peer in one direction, oldest first.
     *
     * @param next the sequence number to pass as {@code after} to read the following messages
     * @param missed the number of messages between {@code after} and the first of these that are no
     *     longer kept
     */
    public record Messages(List<Message> messages, long next, long missed) {}

    /**
     * One message of a peer.
     *
     * @param seq the sequence number, which counts the messages of the peer from 1
     * @param payload the bytes without framing; the array is shared and must not be changed
     * @param incomplete whether the peer ended its stream before the end of the message; named so
     *     that it is false in what earlier releases send
     * @param charset the charset of its text; null, as from a node of an earlier release, for UTF-8
     * @param sent what became of it; null for a received message
     */
    @SuppressWarnings("ArrayRecordComponent") // messages are not compared
    public record Message(
            long seq,
            Instant at,
            byte[] payload,
            boolean incomplete,
            @Nullable String charset,
            @Nullable Sent sent) {}

    /**
     * What became of a message to a peer.
     *
     * @param delivery the id of the delivery, or that of the message if it is stored
     * @param status a word of {@link SentHistory.Status}
     * @param reason why it failed; null if it did not
     */
    public record Sent(String delivery, String status, @Nullable String reason) {}

    private final PeerRegistry registry;
    private final PeerFinder finder;
    private final Histories histories;
    private final PeerLocator locator;
    private final ClusterFanOut fanOut;

    PeerService(
            PeerRegistry registry,
            PeerFinder finder,
            Histories histories,
            PeerLocator locator,
            ClusterFanOut fanOut) {
        this.registry = registry;
        this.finder = finder;
        this.histories = histories;
        this.locator = locator;
        this.fanOut = fanOut;
    }

    /** Returns a peer, live or recently closed. */
    public PeerRow get(String peer, Reach reach) {
        return row(execute(new Request(peer, null, null, null, reach)));
    }

    /** Changes a live peer and returns its facts after the change. */
    public PeerRow change(String peer, PeerChange change, Reach reach) {
        change.check();
        return row(execute(new Request(peer, change, null, null, reach)));
    }

    /**
     * Closes a live peer. Blocks until the peer is closed, for at most about 5 s; see {@link
     * Farewell}.
     */
    public void close(String peer, Farewell farewell, Reach reach) {
        var _ = execute(new Request(peer, null, farewell, null, reach));
    }

    /**
     * Returns messages of a peer, live or recently closed.
     *
     * @param after the sequence number after which to begin; 0 to begin with the oldest kept
     *     message
     * @param limit the maximum number of messages
     * @param wait how long to block if there is no message after {@code after} yet
     */
    public Messages messages(String peer, long after, int limit, Duration wait, Reach reach) {
        return read(peer, new ReadMessages(after, limit, wait, false), reach);
    }

    /**
     * Returns messages that were sent to a peer, live or recently closed, with what became of each.
     *
     * @param after the sequence number after which to begin; 0 to begin with the oldest kept
     *     message
     * @param limit the maximum number of messages
     */
    public Messages sentMessages(String peer, long after, int limit, Reach reach) {
        Messages page = read(peer, new ReadMessages(after, limit, Duration.ZERO, true), reach);
        boolean received = page.messages().stream().anyMatch(each -> each.sent() == null);
        // a node of an earlier release knows received messages only
        return received ? new Messages(List.of(), after, 0) : page;
    }

    private Messages read(String peer, ReadMessages read, Reach reach) {
        return Objects.requireNonNull(
                execute(new Request(peer, null, null, read, reach)).messages(), "messages");
    }

    private static PeerRow row(Answer answer) {
        return Objects.requireNonNull(answer.row(), "row");
    }

    private Answer execute(Request request) {
        return fanOut.execute(locator.findOwner(request.peer(), request.reach()), this, request);
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("peer", Request.class, Answer.class);
    }

    @Override
    public Answer handle(Request request, long sentAt) throws InterruptedException {
        try {
            return executeHere(request);
        } catch (RefusedException e) {
            return new Answer(null, null, e.refusal());
        }
    }

    private Answer executeHere(Request request) throws InterruptedException {
        ReadMessages read = request.read();
        PeerChange change = request.change();
        Farewell farewell = request.farewell();
        if (read != null) {
            return new Answer(null, messages(request.peer(), read, request.reach()), null);
        }
        if (change != null) {
            change.check();
            PeerSession session = findLive(request.peer(), request.reach());
            change.apply(session, request.peer(), request.reach(), registry, locator);
            return finder.detailedRow(session, request.reach(), change::explains)
                    .map(Answer::of)
                    .orElseThrow(() -> Rejection.unknownPeer(request.peer()));
        }
        if (farewell != null) {
            PeerSession session = findLive(request.peer(), request.reach());
            if (farewell.close(List.of(session), request.reach()) == 0) {
                throw Rejection.unknownPeer(request.peer());
            }
            return new Answer(null, null, null);
        }
        return Answer.of(findRow(request.peer(), request.reach()));
    }

    private PeerRow findRow(String reference, Reach reach) {
        return switch (registry.find(reference, reach)) {
            case Lookup.Live(PeerSession session) ->
                    finder.detailedRow(session, reach)
                            .orElseThrow(() -> Rejection.unknownPeer(reference));
            case Lookup.Several(List<PeerSession> several) -> throw ambiguous(reference, several);
            case Lookup.Closed(Optional<PeerSnapshot> last) ->
                    last.flatMap(peer -> finder.row(peer, null, reach))
                            .orElseThrow(
                                    () ->
                                            Rejection.closedPeer(
                                                    reference,
                                                    ", and its facts are no longer kept"));
            case Lookup.Unknown _ -> throw Rejection.unknownPeer(reference);
        };
    }

    private PeerSession findLive(String reference, Reach reach) {
        return switch (registry.find(reference, reach)) {
            case Lookup.Live(PeerSession session) -> session;
            case Lookup.Several(List<PeerSession> several) -> throw ambiguous(reference, several);
            case Lookup.Closed _ -> throw Rejection.closedPeer(reference, " already");
            case Lookup.Unknown _ -> throw Rejection.unknownPeer(reference);
        };
    }

    private static RefusedException ambiguous(String name, List<PeerSession> several) {
        return Rejection.ambiguousPeer(name, PeerLocator.ids(several));
    }

    private Messages messages(String reference, ReadMessages read, Reach reach)
            throws InterruptedException {
        return switch (registry.find(reference, reach)) {
            case Lookup.Live(PeerSession session) -> {
                long began = System.nanoTime();
                Messages messages =
                        read.sent()
                                ? sentMessages(SentHistory.of(session), read)
                                : messages(histories.of(session), read, read.longest());
                if (!reach.includes(session)) {
                    // it has left the groups during the wait, whose end would tell when it sends
                    long waited = System.nanoTime() - began;
                    TimeUnit.NANOSECONDS.sleep(read.longest().toNanos() - waited);
                    throw Rejection.unknownPeer(reference);
                }
                yield messages;
            }
            case Lookup.Several(List<PeerSession> several) -> throw ambiguous(reference, several);
            case Lookup.Closed(Optional<PeerSnapshot> last) ->
                    messagesOfClosed(reference, last, read);
            case Lookup.Unknown _ -> throw Rejection.unknownPeer(reference);
        };
    }

    private static Messages messages(History history, ReadMessages read, Duration longest)
            throws InterruptedException {
        Ring.Page<InboundMessage> page = history.read(read.after(), read.limit(), longest);
        String charset = history.charset().name();
        return new Messages(
                page.items().stream()
                        .map(
                                each ->
                                        new Message(
                                                each.seq(),
                                                each.at(),
                                                each.payload(),
                                                each.incomplete(),
                                                charset,
                                                null))
                        .toList(),
                page.next(),
                page.missed());
    }

    private static Messages sentMessages(@Nullable SentHistory history, ReadMessages read) {
        if (history == null) {
            return new Messages(List.of(), 0, 0);
        }
        SentHistory.Page page = history.read(read.after(), read.limit());
        String charset = history.charset().name();
        return new Messages(
                page.entries().stream()
                        .map(
                                each ->
                                        new Message(
                                                each.seq(),
                                                each.at(),
                                                each.message().payload(),
                                                false,
                                                charset,
                                                new Sent(
                                                        each.message().delivery(),
                                                        each.status().word(),
                                                        each.reason())))
                        .toList(),
                page.next(),
                page.missed());
    }

    private Messages sentToClosed(
            String reference, Optional<PeerSnapshot> last, ReadMessages read) {
        Optional<SentHistory> history = last.flatMap(snapshot -> histories.sentTo(snapshot.id()));
        if (history.isEmpty() && last.map(each -> each.sent().messages()).orElse(1L) > 0) {
            throw Rejection.closedPeer(reference, ", and its messages are no longer kept");
        }
        return sentMessages(history.orElse(null), read);
    }

    private Messages messagesOfClosed(
            String reference, Optional<PeerSnapshot> last, ReadMessages read)
            throws InterruptedException {
        if (read.sent()) {
            return sentToClosed(reference, last, read);
        }
        History history = last.flatMap(snapshot -> histories.of(snapshot.id())).orElse(null);
        if (history != null) {
            return messages(history, read, Duration.ZERO);
        }
        if (last.isPresent() && last.get().received().messages() == 0) {
            return new Messages(List.of(), 0, 0);
        }
        throw Rejection.closedPeer(reference, ", and its messages are no longer kept");
    }
}
