package io.switchboard.http.send;

import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.delivery.FailureReason;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendResult.PeerFailed;
import io.switchboard.delivery.SendResult.Progress;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.problem.StoreProblem;
import io.switchboard.mailbox.Mailbox;
import io.switchboard.mailbox.MailboxResult;
import io.switchboard.query.Rejection;
import io.switchboard.query.Rejection.RefusedException;
import io.switchboard.store.StoreException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** Maps the result of a send to HTTP: a report to a status, and every other result to a problem. */
final class SendStatus {
    private static final String RETRY_AFTER_SECONDS = "1";

    private SendStatus() {}

    static HttpStatus of(Progress progress) {
        return switch (progress) {
            case COMPLETE -> HttpStatus.OK;
            case PENDING -> HttpStatus.ACCEPTED;
            case INCOMPLETE -> HttpStatus.MULTI_STATUS;
        };
    }

    static HttpStatus of(MailboxResult.Reported reported) {
        if (reported.failed() > 0) {
            return HttpStatus.MULTI_STATUS;
        }
        return reported.complete() ? HttpStatus.OK : HttpStatus.ACCEPTED;
    }

    /**
     * Stores a message and returns the report. Blocks until it is stored, and while the sender
     * waits for an outcome.
     *
     * @param key the idempotency key; null if there is none
     * @throws ApiProblem if nothing was stored
     */
    static MailboxResult.Reported stored(Mailbox mailbox, Send send, @Nullable String key) {
        try {
            return reported(mailbox.send(send, key));
        } catch (StoreException e) {
            throw StoreProblem.of(e);
        } catch (InterruptedException e) {
            throw StoreProblem.interrupted();
        }
    }

    /**
     * Returns the report on stored messages.
     *
     * @throws ApiProblem if nothing was stored
     */
    static MailboxResult.Reported reported(MailboxResult result) {
        return switch (result) {
            case MailboxResult.Reported reported -> reported;
            case MailboxResult.Rejected(MailboxResult.Reason reason, String detail) ->
                    throw switch (reason) {
                        case BAD_TTL ->
                                new ApiProblem(
                                        HttpStatus.UNPROCESSABLE_CONTENT, "bad_request", detail);
                        case OUT_OF_REACH ->
                                new ApiProblem(HttpStatus.FORBIDDEN, "forbidden_reach", detail);
                        case BAD_PAYLOAD ->
                                new ApiProblem(
                                        HttpStatus.UNPROCESSABLE_CONTENT, "bad_payload", detail);
                        case KEY_REUSED ->
                                new ApiProblem(
                                        HttpStatus.UNPROCESSABLE_CONTENT,
                                        "idempotency_key_reused",
                                        detail);
                        case MAILBOX_FULL ->
                                retryable(
                                        new ApiProblem(
                                                HttpStatus.TOO_MANY_REQUESTS,
                                                "mailbox_full",
                                                detail));
                        case STORE_FULL ->
                                new ApiProblem(
                                        HttpStatus.INSUFFICIENT_STORAGE, "store_full", detail);
                        case NOT_AVAILABLE ->
                                new ApiProblem(HttpStatus.NOT_IMPLEMENTED, "not_available", detail);
                    };
        };
    }

    /**
     * Returns the report of a result.
     *
     * @param plus whether the query of the request has a plus, which means a space
     * @throws ApiProblem if the message was rejected, or failed at its only target
     */
    static Reported reported(SendResult result, boolean plus) {
        return switch (result) {
            case Reported reported -> reported;
            case PeerFailed(String reference, Outcome.Failed outcome)
                    when plus
                            && reference.contains(" ")
                            && outcome.reason() == FailureReason.UNKNOWN -> {
                String detail = Rejection.unknownPeer(reference).refusal().detail();
                throw new ApiProblem(
                        HttpStatus.NOT_FOUND,
                        outcome.reason().word(),
                        detail + "; a plus in a query is a space, write %2B");
            }
            case PeerFailed failed -> throw problem(failed);
            case Rejected rejected -> throw problem(rejected);
        };
    }

    private static ApiProblem problem(Rejected rejected) {
        HttpStatus status =
                switch (rejected.reason()) {
                    case BAD_REQUEST -> HttpStatus.BAD_REQUEST;
                    case CONNECT_FAILED -> HttpStatus.BAD_GATEWAY;
                    case CONNECT_TIMEOUT -> HttpStatus.GATEWAY_TIMEOUT;
                    case UNKNOWN_LISTENER, NO_PEER -> HttpStatus.NOT_FOUND;
                    case NOT_ALLOWED -> HttpStatus.FORBIDDEN;
                    case NO_UDP_LISTENER, AMBIGUOUS, BAD_PAYLOAD, KEY_REUSED, OTHER ->
                            HttpStatus.UNPROCESSABLE_CONTENT;
                    case TOO_MANY_PEERS, MEMORY_FULL -> HttpStatus.TOO_MANY_REQUESTS;
                    case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
                    case NOT_AVAILABLE -> HttpStatus.NOT_IMPLEMENTED;
                    case TOO_MANY_CONNECTIONS, SHUTTING_DOWN -> HttpStatus.SERVICE_UNAVAILABLE;
                };
        ApiProblem problem =
                new ApiProblem(status, rejected.reason().word(), rejected.detail())
                        .withError(rejected.error());
        boolean retryable =
                status == HttpStatus.TOO_MANY_REQUESTS
                        || rejected.reason() == SendResult.Reason.TOO_MANY_CONNECTIONS;
        return retryable ? retryable(problem) : problem;
    }

    private static ApiProblem problem(PeerFailed failed) {
        String peer = "peer '" + failed.reference() + "'";
        String node = "the node of " + peer;
        String word = failed.outcome().reason().word();
        return switch (failed.outcome().reason()) {
            case UNKNOWN -> problem(Rejection.unknownPeer(failed.reference()));
            case CLOSED,
                    PEER_CLOSED,
                    RESET,
                    KICKED,
                    SLOW_CONSUMER,
                    UNACKNOWLEDGED,
                    FRAME_TOO_LARGE,
                    BAD_FRAME,
                    HTTP_REQUEST,
                    FRAME_DEADLINE,
                    RECEIVE_BUDGET,
                    IDLE_TIMEOUT,
                    REPLACED,
                    DUPLICATE_NAME,
                    NOT_IDENTIFIED,
                    SEND_ENDED,
                    SHUTTING_DOWN,
                    INTERNAL_ERROR -> {
                String consequence =
                        failed.outcome().accepted()
                                ? " (%s), and the message was under way; part of it may have been written"
                                        .formatted(word)
                                : "; nothing was written";
                yield problem(Rejection.closedPeer(failed.reference(), consequence));
            }
            case NO_ANSWER -> problem(Rejection.of(node, RpcFailure.SILENT));
            case OWNER_LOST -> problem(Rejection.of(node, RpcFailure.LOST));
            case BUS_UNAVAILABLE -> problem(Rejection.busUnavailable(peer));
            case NODE_BUSY -> problem(Rejection.of(node, RpcFailure.BUSY));
            case NO_REPLY -> {
                String detail =
                        peer + " has not answered in time; the message may have been written";
                yield new ApiProblem(HttpStatus.GATEWAY_TIMEOUT, word, detail);
            }
            case BUSY -> {
                String detail = peer + " is still being asked something else; nothing was written";
                yield retryable(new ApiProblem(HttpStatus.SERVICE_UNAVAILABLE, word, detail));
            }
            case HALF_CLOSED -> {
                String consequence =
                        failed.outcome().accepted()
                                ? "sends no reply any more; the message may have been written"
                                : "takes only answers to what it sent, or cannot reply; nothing was written";
                String detail = "%s has ended its output and %s".formatted(peer, consequence);
                yield new ApiProblem(HttpStatus.GONE, word, detail);
            }
            case FINISHED -> {
                String detail =
                        "an earlier message to %s has ended what it can be sent (finish=true); nothing was written"
                                .formatted(peer);
                yield new ApiProblem(HttpStatus.GONE, word, detail);
            }
            case DRAINING -> {
                String detail = peer + " is being closed; nothing was written";
                yield new ApiProblem(HttpStatus.SERVICE_UNAVAILABLE, word, detail);
            }
            case OUTBOX_FULL, MEMORY_FULL -> {
                String detail =
                        failed.outcome().accepted()
                                ? "the reply of %s was discarded because the messages in progress have reached switchboard.deliveries.total-max"
                                        .formatted(peer)
                                : "the outbox of %s takes no more until the peer reads; nothing was written"
                                        .formatted(peer);
                yield retryable(new ApiProblem(HttpStatus.TOO_MANY_REQUESTS, word, detail));
            }
            case TOO_LARGE, BAD_PAYLOAD, KEY_REUSED, OTHER -> {
                String detail = node + " rejected the message: " + word;
                yield new ApiProblem(HttpStatus.UNPROCESSABLE_CONTENT, word, detail);
            }
        };
    }

    private static ApiProblem problem(RefusedException e) {
        return ApiProblem.of(e.refusal());
    }

    private static ApiProblem retryable(ApiProblem problem) {
        return problem.withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}
