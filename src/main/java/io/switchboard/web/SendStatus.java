package io.switchboard.web;

import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.delivery.SendResult;
import io.switchboard.delivery.SendResult.PeerFailed;
import io.switchboard.delivery.SendResult.Progress;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.query.Refusal;
import io.switchboard.query.Refusal.RefusedException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** Maps the result of a send to HTTP: a status for a report, and a problem for everything else. */
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

    /**
     * Returns the report.
     *
     * @throws ApiProblem the message was rejected, or failed at its only target
     */
    static Reported reported(SendResult result) {
        return switch (result) {
            case Reported reported -> reported;
            case PeerFailed failed -> throw problem(failed);
            case Rejected rejected -> throw problem(rejected);
        };
    }

    private static ApiProblem problem(Rejected rejected) {
        HttpStatus status =
                switch (rejected.reason()) {
                    case UNKNOWN_LISTENER, NO_PEER -> HttpStatus.NOT_FOUND;
                    case NOT_ALLOWED -> HttpStatus.FORBIDDEN;
                    case NO_UDP_LISTENER, AMBIGUOUS, BAD_PAYLOAD, KEY_REUSED, OTHER ->
                            HttpStatus.UNPROCESSABLE_CONTENT;
                    case TOO_MANY_PEERS -> HttpStatus.TOO_MANY_REQUESTS;
                    case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
                    case NOT_AVAILABLE -> HttpStatus.NOT_IMPLEMENTED;
                    case SHUTTING_DOWN -> HttpStatus.SERVICE_UNAVAILABLE;
                };
        ApiProblem problem = new ApiProblem(status, rejected.reason().word(), rejected.detail());
        return status == HttpStatus.TOO_MANY_REQUESTS ? retryable(problem) : problem;
    }

    private static ApiProblem problem(PeerFailed failed) {
        String peer = "peer '" + failed.reference() + "'";
        String node = "the node of " + peer;
        String word = failed.outcome().reason().word();
        return switch (failed.outcome().reason()) {
            case UNKNOWN -> problem(Refusal.unknownPeer(failed.reference()));
            case CLOSED,
                    PEER_CLOSED,
                    RESET,
                    KICKED,
                    SLOW_CONSUMER,
                    UNACKNOWLEDGED,
                    FRAME_TOO_LARGE,
                    BAD_FRAME,
                    FRAME_DEADLINE,
                    IDLE_TIMEOUT,
                    REPLACED,
                    DUPLICATE_NAME,
                    NOT_IDENTIFIED,
                    SHUTTING_DOWN,
                    INTERNAL_ERROR -> {
                String more =
                        failed.outcome().accepted()
                                ? " (%s), and the message was under way; part of it may have been written"
                                        .formatted(word)
                                : "; nothing was written";
                yield problem(Refusal.closedPeer(failed.reference(), more));
            }
            case NO_ANSWER -> problem(Refusal.of(node, RpcFailure.SILENT));
            case OWNER_LOST -> problem(Refusal.of(node, RpcFailure.LOST));
            case BUS_UNAVAILABLE -> problem(Refusal.busUnavailable(peer));
            case NODE_BUSY -> problem(Refusal.of(node, RpcFailure.BUSY));
            case NO_REPLY -> {
                String detail =
                        peer + " has not answered in time; the message may have been written";
                yield new ApiProblem(HttpStatus.GATEWAY_TIMEOUT, word, detail);
            }
            case BUSY -> {
                String detail = peer + " is still being asked something else; nothing was written";
                yield retryable(new ApiProblem(HttpStatus.SERVICE_UNAVAILABLE, word, detail));
            }
            case DRAINING -> {
                String detail = peer + " is being closed; nothing was written";
                yield new ApiProblem(HttpStatus.SERVICE_UNAVAILABLE, word, detail);
            }
            case OUTBOX_FULL, MEMORY_FULL -> {
                String detail =
                        "the outbox of %s takes no more until the peer reads; nothing was written"
                                .formatted(peer);
                yield retryable(new ApiProblem(HttpStatus.TOO_MANY_REQUESTS, word, detail));
            }
            case TOO_LARGE, BAD_PAYLOAD, KEY_REUSED, OTHER -> {
                String detail =
                        node + " does not send the message for a reason of its own: " + word;
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
