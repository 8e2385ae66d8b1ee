package io.switchboard.query;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.net.SocketError;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reason why an operation was not executed. Nodes send it to each other.
 *
 * @param detail states the fault, the value that caused it, and what would be valid
 * @param error the error of connect(2); null unless the operation was to connect
 */
public record Rejection(Reason reason, String detail, @Nullable SocketError error) {

    /** The kinds of rejection that callers distinguish. */
    public enum Reason {
        BAD_REQUEST,
        BAD_PAYLOAD,
        TOO_LARGE,
        UNKNOWN_PEER,
        UNKNOWN_NODE,
        AMBIGUOUS,
        CLOSED,
        DUPLICATE_NAME,
        /** The kernel of this system does not provide the requested information. */
        NOT_AVAILABLE,
        /** The change concerns what the caller does not reach. */
        OUT_OF_REACH,
        /** The configuration does not allow connections to this address. */
        NOT_ALLOWED,
        CONNECT_FAILED,
        CONNECT_TIMEOUT,
        TOO_MANY_CONNECTIONS,
        TOO_MANY_KEPT,
        SHUTTING_DOWN,
        /** The node that has the peer has left the cluster; nothing was done. */
        OWNER_LOST,
        /** The node that has the peer does not answer; the operation may have been executed. */
        NO_ANSWER,
        /** Redis is unavailable; nothing was done. */
        BUS_UNAVAILABLE,
        /** The node that has the peer has too many requests; nothing was done. */
        NODE_BUSY,
        /** The node that has the peer failed to execute the request or does not know it. */
        NODE_FAILED
    }

    static RefusedException of(Reason reason, String detail) {
        return new RefusedException(new Rejection(reason, detail, null));
    }

    static RefusedException badRequest(String detail) {
        return of(Reason.BAD_REQUEST, detail);
    }

    /**
     * Checks the value of a field. Null means that the field is absent, which is valid.
     *
     * @param objection returns the fault in a value, or nothing if the value is valid
     * @throws RefusedException the value is not valid
     */
    static void checkValid(
            String field, @Nullable String value, Function<String, Optional<String>> objection) {
        Optional<String> found = value == null ? Optional.empty() : objection.apply(value);
        if (found.isPresent()) {
            throw badRequest(field + ": " + found.get());
        }
    }

    /** Returns the exception for a reference that no peer has. */
    public static RefusedException unknownPeer(String reference) {
        return of(
                Reason.UNKNOWN_PEER,
                "no peer '%s' has been known since this service started; GET /peers lists those that are connected, by id and name"
                        .formatted(reference));
    }

    /**
     * Returns the exception for a peer that is closed.
     *
     * @param suffix the text that follows "is closed"
     */
    public static RefusedException closedPeer(String reference, String suffix) {
        return of(Reason.CLOSED, "peer '" + reference + "' is closed" + suffix);
    }

    static RefusedException ambiguousPeer(String name, List<String> ids) {
        return of(
                Reason.AMBIGUOUS,
                "%d peers have the name '%s': say which by id, %s"
                        .formatted(ids.size(), name, String.join(" or ", ids)));
    }

    static RefusedException duplicateName(
            String name, PeerSession by, String listener, Reach reach) {
        return of(
                Reason.DUPLICATE_NAME,
                "the name '%s' is that of %s, and on-duplicate of listener '%s' is reject"
                        .formatted(name, reach.includes(by) ? by.id() : "another peer", listener));
    }

    /**
     * Returns the exception for a subject that may be at another node while Redis is unavailable.
     *
     * @param subject the words that the detail uses for the subject
     */
    public static RefusedException busUnavailable(String subject) {
        return of(
                Reason.BUS_UNAVAILABLE,
                "%s may be at another node, and Redis, through which nodes reach each other, is unavailable: nothing was done"
                        .formatted(subject));
    }

    static RefusedException shuttingDown() {
        return of(Reason.SHUTTING_DOWN, "the service is stopping");
    }

    static RefusedException of(Node node, RpcFailure failure) {
        return of("node '" + node.label() + "' (" + node.id() + ")", failure);
    }

    /**
     * Returns the exception for a request to another node that has no answer.
     *
     * @param node the words that the detail uses for the node
     */
    public static RefusedException of(String node, RpcFailure failure) {
        return switch (failure) {
            case LOST -> of(Reason.OWNER_LOST, node + " has left the cluster: nothing was done");
            case SILENT ->
                    of(
                            Reason.NO_ANSWER,
                            "%s does not answer and may have executed the request: try again, a send with the same Idempotency-Key"
                                    .formatted(node));
            case UNAVAILABLE -> busUnavailable("the target of the request");
            case BUSY -> of(Reason.NODE_BUSY, node + " has too many requests: nothing was done");
            case FAULTY -> of(Reason.NODE_FAILED, node + " failed; its log has the cause");
            case UNSUPPORTED ->
                    of(
                            Reason.NODE_FAILED,
                            node + " runs a release that does not know this request: upgrade it");
        };
    }

    /** Carries a {@link Rejection} to the place that reports it to the client or another node. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Rejection refusal;

        RefusedException(Rejection refusal) {
            super(refusal.detail());
            this.refusal = refusal;
        }

        /** Returns why the operation was not performed. */
        public Rejection refusal() {
            return refusal;
        }
    }
}
