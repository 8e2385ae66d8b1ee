package io.switchboard.query;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketError;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Why an operation was not performed. Nodes send it to each other.
 *
 * @param detail states the fault, the value that caused it, and what would be right
 * @param error of connect(2); null unless the operation is to connect
 */
public record Refusal(Reason reason, String detail, @Nullable SocketError error) {

    /** The kinds of refusal that callers distinguish. */
    public enum Reason {
        BAD_REQUEST,
        BAD_PAYLOAD,
        TOO_LARGE,
        UNKNOWN_PEER,
        UNKNOWN_NODE,
        AMBIGUOUS,
        CLOSED,
        DUPLICATE_NAME,
        /** The kernel of this system does not provide what was asked for. */
        NOT_AVAILABLE,
        /** The configuration does not allow to connect to this address. */
        NOT_ALLOWED,
        CONNECT_FAILED,
        CONNECT_TIMEOUT,
        TOO_MANY_CONNECTIONS,
        TOO_MANY_KEPT,
        SHUTTING_DOWN,
        /** The node that has the peer is gone; nothing was done. */
        OWNER_LOST,
        /** The node that has the peer is silent; the operation may have been performed. */
        NO_ANSWER,
        /** Redis is unavailable; nothing was done. */
        BUS_UNAVAILABLE,
        /** The node that has the peer has too many requests; nothing was done. */
        NODE_BUSY,
        NODE_FAILED
    }

    static RefusedException of(Reason reason, String detail) {
        return new RefusedException(new Refusal(reason, detail, null));
    }

    static RefusedException badRequest(String detail) {
        return of(Reason.BAD_REQUEST, detail);
    }

    /**
     * Refuses a value to which there is an objection; null is no value.
     *
     * @throws RefusedException there is one
     */
    static void refuse(
            String field, @Nullable String value, Function<String, Optional<String>> objection) {
        Optional<String> found = value == null ? Optional.empty() : objection.apply(value);
        if (found.isPresent()) {
            throw badRequest(field + ": " + found.get());
        }
    }

    /** Returns the refusal for a reference that no peer has. */
    public static RefusedException unknownPeer(String reference) {
        return of(
                Reason.UNKNOWN_PEER,
                "no peer '%s' has been known since this service started; GET /peers lists those that are connected, by id and name"
                        .formatted(reference));
    }

    /**
     * Returns the refusal for a peer that is closed.
     *
     * @param more ends the sentence
     */
    public static RefusedException closedPeer(String reference, String more) {
        return of(Reason.CLOSED, "peer '" + reference + "' is closed" + more);
    }

    static RefusedException ambiguousPeer(String name, List<String> ids) {
        return of(
                Reason.AMBIGUOUS,
                "%d peers have the name '%s': say which by id, %s"
                        .formatted(ids.size(), name, String.join(" or ", ids)));
    }

    static RefusedException duplicateName(String name, PeerSession by, String listener) {
        return of(
                Reason.DUPLICATE_NAME,
                "the name '%s' is that of %s, and on-duplicate of listener '%s' is reject"
                        .formatted(name, by.id(), listener));
    }

    /** Returns the refusal for something that may be at another node while Redis is unavailable. */
    public static RefusedException busUnavailable(String what) {
        return of(
                Reason.BUS_UNAVAILABLE,
                "%s may be at another node, and Redis, through which nodes reach each other, is unavailable: nothing was done"
                        .formatted(what));
    }

    static RefusedException shuttingDown() {
        return of(Reason.SHUTTING_DOWN, "the service is stopping");
    }

    static RefusedException of(Node node, RpcFailure failure) {
        return of("node '" + node.label() + "' (" + node.id() + ")", failure);
    }

    /**
     * Returns the refusal for a request to another node that has no answer.
     *
     * @param node what the detail calls the node
     */
    public static RefusedException of(String node, RpcFailure failure) {
        return switch (failure) {
            case LOST -> of(Reason.OWNER_LOST, node + " is lost: nothing was done");
            case SILENT ->
                    of(
                            Reason.NO_ANSWER,
                            "%s does not answer: it may have done it; try again, a send with the same Idempotency-Key"
                                    .formatted(node));
            case UNAVAILABLE -> busUnavailable("this");
            case BUSY -> of(Reason.NODE_BUSY, node + " has too many requests: nothing was done");
            case FAULTY -> of(Reason.NODE_FAILED, node + " failed; its log has the cause");
            case UNSUPPORTED ->
                    of(
                            Reason.NODE_FAILED,
                            node + " runs a release that does not know this request: upgrade it");
        };
    }

    /** Carries a {@link Refusal} to the place that reports it to the client or another node. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Refusal refusal;

        RefusedException(Refusal refusal) {
            super(refusal.detail());
            this.refusal = refusal;
        }

        /** Returns why the operation was not performed. */
        public Refusal refusal() {
            return refusal;
        }
    }
}
