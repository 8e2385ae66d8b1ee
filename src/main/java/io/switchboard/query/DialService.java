package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.Scoped;
import io.switchboard.framing.Framing;
import io.switchboard.net.Texts;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.dial.DialListeners;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.Dialler.Tls;
import io.switchboard.peer.dial.KeptConnections;
import io.switchboard.peer.dial.KeptConnections.KeptConnection;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.Rejection.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Connects to remote hosts (connect(2)), from this node or from another. Thread-safe. */
@Component
public final class DialService implements RpcHandler<DialService.Request, DialService.Answer> {
    /**
     * A connection to establish.
     *
     * @param host a host name or a numeric address
     * @param listener the name of the TCP listener whose framing, limits and webhook apply to the
     *     peer; null means the only TCP listener, or if there are several, the one called {@code
     *     default}
     * @param name the name to give to the peer; null for none
     * @param timeout the limit for name resolution, connecting and the TLS handshake together
     * @param keep whether to reconnect whenever the connection ends
     * @param tls null for plain TCP
     * @param first the message to send before all others, at each reconnect too; null for none
     * @param text whether it is text in UTF-8, which the charset of the listener encodes
     * @param reach the new peer must be in it
     */
    @SuppressWarnings("ArrayRecordComponent") // requests are not compared
    public record Request(
            String host,
            int port,
            @Nullable String listener,
            @Nullable String name,
            Duration timeout,
            boolean keep,
            @Nullable Tls tls,
            byte @Nullable [] first,
            boolean text,
            Reach reach)
            implements Scoped {
        public Request {
            reach = Reach.orAll(reach);
        }
    }

    /**
     * The result. Exactly one component is not null.
     *
     * @param peer the connected peer
     * @param kept a kept connection that is not established yet
     * @param refusal why nothing was done; only in an answer to another node
     */
    public record Answer(
            @Nullable PeerRow peer, @Nullable KeptConnection kept, @Nullable Rejection refusal)
            implements ClusterFanOut.Refusable {}

    /**
     * The result of {@link #dial}.
     *
     * @param elsewhere whether another node has connected, or keeps the connection
     */
    public record Dialled(Answer answer, boolean elsewhere) {}

    private final Dialler dialler;
    private final KeptConnections kept;
    private final DialListeners dialListeners;
    private final PeerRegistry registry;
    private final PeerFinder finder;
    private final PeerLocator locator;
    private final ClusterFanOut fanOut;

    DialService(
            Dialler dialler,
            KeptConnections kept,
            DialListeners dialListeners,
            PeerRegistry registry,
            PeerFinder finder,
            PeerLocator locator,
            ClusterFanOut fanOut) {
        this.dialler = dialler;
        this.kept = kept;
        this.dialListeners = dialListeners;
        this.registry = registry;
        this.finder = finder;
        this.locator = locator;
        this.fanOut = fanOut;
    }

    /**
     * Connects and returns the peer. Blocks up to the timeout. If the first attempt fails and
     * {@code keep} is set, returns the kept connection.
     *
     * @param node the id or name of the node that connects; null means this node
     * @throws RefusedException the request was not executed. If the service keeps too many
     *     connections, the peer may be connected without being kept; the detail says so.
     */
    public Dialled dial(Request request, @Nullable String node) {
        Optional<Node> other = node == null ? Optional.empty() : locator.findOtherNode(node);
        return new Dialled(fanOut.execute(other, this, request), other.isPresent());
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("dial", Request.class, Answer.class);
    }

    @Override
    public Answer handle(Request request, long sentAt) throws InterruptedException {
        try {
            return dialHere(request);
        } catch (RefusedException e) {
            return new Answer(null, null, e.refusal());
        }
    }

    private Answer dialHere(Request request) throws InterruptedException {
        Rejection.checkValid("name", request.name(), Names::nameError);
        Listener listener = listener(request.listener(), request.reach());
        checkName(request);
        checkBundle(request);
        ConnectRequest connect =
                new ConnectRequest(
                        request.host(),
                        request.port(),
                        listener,
                        request.name(),
                        List.of(),
                        request.timeout(),
                        request.tls(),
                        encode(request.first(), request.text(), listener),
                        request.reach().includesAll(), // it may be any name, of any peer
                        _ -> {},
                        request.reach());
        Optional<ConnectResult.OutOfReach> outOfReach = connect.outOfReach(listener, registry);
        if (outOfReach.isPresent()) {
            throw outOfReach(outOfReach.get());
        }
        return switch (dialler.dial(connect)) {
            case ConnectResult.Connected(PeerSession session) -> {
                if (request.keep()) {
                    keep(connect, session);
                }
                yield finder.detailedRow(session, request.reach())
                        .map(row -> new Answer(row, null, null))
                        .orElseThrow(() -> regrouped(session));
            }
            case ConnectResult.Failed failed -> {
                if (!request.keep()) {
                    throw failed(connect, failed);
                }
                yield new Answer(null, keep(connect, null), null);
            }
            case ConnectResult.Forbidden forbidden ->
                    throw Rejection.of(Rejection.Reason.NOT_ALLOWED, forbidden.detail(connect));
            case ConnectResult.BadBundle(String sentence) ->
                    throw Rejection.badRequest("tls: " + sentence);
            case ConnectResult.Full(String sentence) ->
                    throw Rejection.of(Rejection.Reason.TOO_MANY_CONNECTIONS, sentence);
            case ConnectResult.NameTaken(var by) ->
                    throw ReachRules.taken(
                            String.valueOf(connect.name()),
                            by,
                            connect.listener(),
                            request.reach());
            case ConnectResult.OutOfReach why -> throw outOfReach(why);
            case ConnectResult.Stopping _ -> throw Rejection.shuttingDown();
        };
    }

    /**
     * Checks that the caller may choose the SSL bundle. Its certificate may open servers to whoever
     * has it, such as the Redis of the cluster, and an unknown one is answered with all names.
     */
    private static void checkBundle(Request request) {
        Dialler.Tls tls = request.tls();
        if (tls != null && tls.bundle() != null && !request.reach().includesAll()) {
            throw Rejection.of(
                    Rejection.Reason.OUT_OF_REACH,
                    "tls: a client that reaches only some peers cannot choose an SSL bundle: use true, for that of switchboard.connect.tls-bundle");
        }
    }

    /** Checks that the caller may give the name of the new peer. */
    private void checkName(Request request) {
        String name = request.name();
        if (name != null) {
            ReachRules.checkName(name, request.reach(), registry);
        }
    }

    private static RefusedException outOfReach(ConnectResult.OutOfReach why) {
        return Rejection.of(
                Rejection.Reason.OUT_OF_REACH,
                switch (why) {
                    case NO_GROUP ->
                            "the peer would be in no group that this client reaches: give it a name that switchboard.groups puts into one, or use a listener whose peers are in one";
                    case OTHER_GROUP ->
                            "the peer would also be in a group that this client does not reach: use a listener all of whose groups it reaches";
                });
    }

    private Listener listener(@Nullable String name, Reach reach) {
        try {
            return dialListeners.choose(name, reach);
        } catch (IllegalArgumentException e) {
            throw Rejection.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the first message in the framing of the listener; null if there is none. */
    private static byte @Nullable [] encode(
            byte @Nullable [] message, boolean text, Listener listener) {
        if (message == null) {
            return null;
        }
        byte[] first = text ? encodeText(new String(message, UTF_8), listener) : message;
        Framing framing = Framing.of(listener.framingOut());
        Optional<String> objection = framing.objection(first);
        if (objection.isPresent()) {
            throw Rejection.of(
                    Rejection.Reason.BAD_PAYLOAD,
                    "first: %s, which framing '%s' of listener '%s' cannot carry as one frame: leave out what the framing adds, or use a listener with another framing"
                            .formatted(objection.get(), framing.word(), listener.name()));
        }
        return framing.encode(first);
    }

    private static byte[] encodeText(String text, Listener listener) {
        Optional<String> objection = Texts.objection(text, listener.charset());
        if (objection.isPresent()) {
            throw Rejection.of(Rejection.Reason.BAD_PAYLOAD, "first: text has " + objection.get());
        }
        return text.getBytes(listener.charset());
    }

    private KeptConnection keep(ConnectRequest connect, @Nullable PeerSession connected) {
        String more =
                connected == null
                        ? ""
                        : "; peer " + connected.id() + " is connected, but is not kept connected";
        return kept.keep(connect, connected)
                .orElseThrow(
                        () ->
                                Rejection.of(
                                        Rejection.Reason.TOO_MANY_KEPT,
                                        "the service is stopping, or already has %d kept connections; DELETE /calls/{id} ends one%s"
                                                .formatted(KeptConnections.MAX_CONNECTIONS, more)));
    }

    private static RefusedException regrouped(PeerSession session) {
        return Rejection.of(
                Rejection.Reason.OUT_OF_REACH,
                "peer %s is connected, but its groups have changed since: this client does not reach it"
                        .formatted(session.id()));
    }

    private static RefusedException failed(ConnectRequest connect, ConnectResult.Failed failed) {
        Rejection.Reason reason =
                failed.error().isTimeout()
                        ? Rejection.Reason.CONNECT_TIMEOUT
                        : Rejection.Reason.CONNECT_FAILED;
        return new RefusedException(new Rejection(reason, failed.detail(connect), failed.error()));
    }
}
