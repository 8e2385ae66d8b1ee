package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.dial.DialListeners;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.Dialler.Tls;
import io.switchboard.receive.RequestReply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * Sends one message to a {@link Target.Remote}: connects, sends, waits and closes. The connection
 * is a peer of this node meanwhile, without a name. Thread-safe.
 *
 * <p>Two races have rules:
 *
 * <ul>
 *   <li>The remote end sends before it has received the message, and may close: with wait=reply,
 *       reading begins when the request waits for its reply, so that the bytes are the reply.
 *   <li>The remote end closes as soon as it has the message: with wait=acked, the connection drops
 *       what it reads, keeps the end of the stream to itself, and does not send our FIN before the
 *       acknowledgement, because the kernel forgets a socket that both ends have closed, and with
 *       it what was acknowledged. {@link AckTracker} asks for the end if the kernel has no socket
 *       any more, because of an RST. Reading goes on meanwhile because a remote end may write
 *       before it has read the whole message, and wait until its bytes are read.
 * </ul>
 */
@Component
final class RemoteSend {
    /** Pauses reading from the connection until the request was offered to its outbox. */
    static final Object UNTIL_SENT = new Object();

    private final Dialler dialler;
    private final DialListeners listeners;
    private final PeerRegistry registry;
    private final LocalDelivery local;

    RemoteSend(
            Dialler dialler, DialListeners listeners, PeerRegistry registry, LocalDelivery local) {
        this.dialler = dialler;
        this.listeners = listeners;
        this.registry = registry;
        this.local = local;
    }

    /**
     * Sends the message, whose only target is {@code remote}. The timeout is for everything
     * together. Blocks up to that timeout.
     *
     * @throws InterruptedException the thread was interrupted; the connection is being closed
     */
    NodeResult send(Send send, Target.Remote remote) throws InterruptedException {
        long end = System.nanoTime() + send.timeout().toNanos();
        Listener listener;
        try {
            listener = listeners.choose(remote.listener(), send.reach());
        } catch (IllegalArgumentException e) {
            return new Rejected(Reason.BAD_REQUEST, "to=" + remote.text() + ": " + e.getMessage());
        }
        ConnectRequest request =
                new ConnectRequest(
                        remote.host(),
                        remote.port(),
                        listener,
                        null,
                        List.of(),
                        send.timeout(),
                        remote.tls() ? new Tls(null) : null,
                        null,
                        false, // its frames are replies, and the host may be a peer already
                        session -> prepare(session, send),
                        send.reach());
        Optional<Rejected> rejected =
                request.outOfReach(listener, registry)
                        .map(why -> outOfReach(why, request, remote))
                        .or(() -> rejection(send, listener));
        if (rejected.isPresent()) {
            return rejected.get();
        }
        return switch (dialler.dial(request)) {
            case ConnectResult.Connected(PeerSession session) -> send(send, session, end);
            case ConnectResult.Failed failed ->
                    new Rejected(
                            failed.error().isTimeout()
                                    ? Reason.CONNECT_TIMEOUT
                                    : Reason.CONNECT_FAILED,
                            failed.detail(request),
                            failed.error());
            case ConnectResult.Forbidden forbidden ->
                    new Rejected(Reason.NOT_ALLOWED, forbidden.detail(request));
            case ConnectResult.BadBundle(String detail) ->
                    new Rejected(Reason.BAD_REQUEST, "to=" + remote.text() + ": " + detail);
            case ConnectResult.Full(String detail) ->
                    new Rejected(Reason.TOO_MANY_CONNECTIONS, detail);
            case ConnectResult.NameTaken _ ->
                    throw new IllegalStateException("the connection has no name: " + remote);
            case ConnectResult.OutOfReach why -> outOfReach(why, request, remote);
            case ConnectResult.Stopping _ ->
                    new Rejected(Reason.SHUTTING_DOWN, "the service is stopping");
        };
    }

    private static Rejected outOfReach(
            ConnectResult.OutOfReach why, ConnectRequest request, Target.Remote remote) {
        String listener = request.listener().name();
        return new Rejected(
                Reason.NOT_ALLOWED,
                switch (why) {
                    case NO_GROUP ->
                            "to=%s: the connection would be in no group that this client reaches: let listener '%s' put its peers into one (switchboard.listeners.%s.groups), or use a client that reaches all groups"
                                    .formatted(remote.text(), listener, listener);
                    case OTHER_GROUP ->
                            "to=%s: the connection would also be in a group that this client does not reach: use a listener all of whose groups it reaches"
                                    .formatted(remote.text());
                });
    }

    private static Optional<Rejected> rejection(Send send, Listener listener) {
        Payload payload = new Payload(send);
        return payload.rejection(payload.formFor(listener)).or(() -> payload.rejection(listener));
    }

    private static Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** Called before the first read. */
    private void prepare(PeerSession session, Send send) {
        switch (send.until()) {
            case QUEUED, WRITTEN -> {}
            case ACKED -> session.link().dropInput();
            case REPLY -> {
                RequestReply.matchByOrder(session);
                session.readPause().pause(UNTIL_SENT);
            }
        }
    }

    private NodeResult send(Send send, PeerSession session, long end) throws InterruptedException {
        Duration flush = send.until() == Send.Wait.REPLY ? Duration.ZERO : send.timeout();
        try {
            Target peer = new Target.One(session.id().toString());
            return local.send(send.once(peer, left(end)), local.nextId(), ConnectionCutoff.NONE);
        } finally {
            session.close(CloseReason.SEND_ENDED, "connected for one message", null, flush);
        }
    }
}
