package io.switchboard.query;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.peer.Dialler;
import io.switchboard.peer.Dialler.Call;
import io.switchboard.peer.Dialler.Dialled;
import io.switchboard.peer.KeptCalls;
import io.switchboard.peer.KeptCalls.KeptCall;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketError;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.Refusal.RefusedException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Connects to remote ends, from this node or from another. Thread-safe. */
@Component
public final class DialService implements RpcHandler<DialService.Request, DialService.Answer> {
    private static final String DEFAULT_LISTENER = "default";

    /**
     * A connection to make.
     *
     * @param listener the name of the listener whose framing, limits and webhook the peer gets;
     *     null for the only one, or the one called {@code default}
     * @param name of the peer; null for none
     * @param timeout for resolving and connecting together
     * @param keep whether to connect again whenever the connection ends
     */
    public record Request(
            String host,
            int port,
            @Nullable String listener,
            @Nullable String name,
            Duration timeout,
            boolean keep) {}

    /**
     * The result: the connected peer; or a kept connection, which is not established yet.
     *
     * @param refusal why nothing was done; null outside messages between nodes
     */
    public record Answer(@Nullable PeerRow peer, @Nullable KeptCall kept, @Nullable Refusal refusal)
            implements Nodes.Refusable {}

    private final Dialler dialler;
    private final KeptCalls kept;
    private final Listeners listeners;
    private final PeerFinder finder;
    private final Nodes nodes;

    DialService(
            Dialler dialler, KeptCalls kept, Listeners listeners, PeerFinder finder, Nodes nodes) {
        this.dialler = dialler;
        this.kept = kept;
        this.listeners = listeners;
        this.finder = finder;
        this.nodes = nodes;
    }

    /**
     * Connects. Blocks up to the time-out.
     *
     * @param node the id or name of the node that connects; null for this one
     * @throws RefusedException nothing is connected, and nothing is kept
     */
    public Answer dial(Request request, @Nullable String node) {
        return nodes.execute(node == null ? Optional.empty() : nodes.other(node), this, request);
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("dial", Request.class, Answer.class);
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
        Refusal.refuse("name", request.name(), Names::objectionToName);
        Call call =
                new Call(
                        request.host(),
                        request.port(),
                        listener(request.listener()),
                        request.name(),
                        List.of(),
                        request.timeout());
        return switch (dialler.dial(call)) {
            case Dialled.Connected(PeerSession session) -> {
                if (request.keep()) {
                    keep(call, session);
                }
                yield new Answer(finder.one(session), null, null);
            }
            case Dialled.Failed(SocketError error) -> {
                if (!request.keep()) {
                    throw failed(call, error);
                }
                yield new Answer(null, keep(call, null), null);
            }
            case Dialled.Forbidden(InetAddress address) ->
                    throw Refusal.of(
                            Refusal.Reason.NOT_ALLOWED,
                            "%s is %s, which switchboard.connect.allowed-networks does not contain; link-local addresses and those of cloud metadata are never allowed"
                                    .formatted(call.host(), address.getHostAddress()));
            case Dialled.Full(String sentence) ->
                    throw Refusal.of(Refusal.Reason.TOO_MANY_CONNECTIONS, sentence);
            case Dialled.NameTaken(PeerSession by) ->
                    throw Refusal.duplicateName(
                            String.valueOf(call.name()), by, call.listener().name());
            case Dialled.Stopping _ -> throw Refusal.shuttingDown();
        };
    }

    private Listener listener(@Nullable String name) {
        List<Listener> served = listeners.all().stream().filter(dialler::serves).toList();
        if (name == null && served.size() == 1) {
            return served.getFirst();
        }
        String wanted = name == null ? DEFAULT_LISTENER : name;
        return served.stream()
                .filter(each -> each.name().equals(wanted))
                .findFirst()
                .orElseThrow(
                        () ->
                                Refusal.badRequest(
                                        "listener='%s': it takes one whose transport is tcp, %s"
                                                .formatted(
                                                        wanted,
                                                        served.stream()
                                                                .map(Listener::name)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                " or ")))));
    }

    private KeptCall keep(Call call, @Nullable PeerSession connected) {
        String more =
                connected == null ? "" : "; " + connected.id() + " is connected, and not kept";
        return kept.keep(call, connected)
                .orElseThrow(
                        () ->
                                Refusal.of(
                                        Refusal.Reason.TOO_MANY_KEPT,
                                        "the service is stopping, or keeps %d remote ends connected already; DELETE /calls/{id} ends one%s"
                                                .formatted(KeptCalls.MOST, more)));
    }

    private static RefusedException failed(Call call, SocketError error) {
        Refusal.Reason reason =
                error.isTimeout() ? Refusal.Reason.CONNECT_TIMEOUT : Refusal.Reason.CONNECT_FAILED;
        String detail =
                "connecting to %s port %d: %s (%s)"
                        .formatted(call.host(), call.port(), error.message(), error.code());
        return new RefusedException(new Refusal(reason, detail, error));
    }
}
