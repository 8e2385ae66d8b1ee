package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.switchboard.delivery.FailureReason;
import io.switchboard.delivery.Outcome;
import io.switchboard.delivery.SendResult;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.net.SocketError;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.HttpHeaders;

class SendStatusTest {
    /** The reasons whose problem has the word closed, as the API document says. */
    private static final Set<FailureReason> REPORTED_AS_CLOSED =
            EnumSet.range(FailureReason.PEER_CLOSED, FailureReason.INTERNAL_ERROR);

    @ParameterizedTest
    @EnumSource
    void everyFailureReasonHasAProblemThatNamesThePeer(FailureReason reason) {
        ApiProblem problem = problem(new Outcome.Failed(false, reason));
        assertThat(problem.getStatusCode().isError()).isTrue();
        assertThat(problem.getBody().getDetail()).contains("peer 'pump-7'");
        if (REPORTED_AS_CLOSED.contains(reason)) {
            assertThat(problem.reason()).isEqualTo("closed");
        } else if (reason == FailureReason.NO_ANSWER) {
            assertThat(problem.reason()).isEqualTo("unknown");
        } else {
            assertThat(problem.reason()).isEqualTo(reason.word());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, UNKNOWN, 404, ",
        "false, CLOSED, 410, ",
        "true, KICKED, 410, ",
        "true, NO_REPLY, 504, ",
        "true, NO_ANSWER, 504, ",
        "false, BUSY, 503, 1",
        "false, DRAINING, 503, ",
        "false, FINISHED, 410, ",
        "true, SEND_ENDED, 410, ",
        "false, OWNER_LOST, 503, 1",
        "false, BUS_UNAVAILABLE, 503, 1",
        "false, NODE_BUSY, 503, 1",
        "false, OUTBOX_FULL, 429, 1",
        "false, MEMORY_FULL, 429, 1",
        "true, MEMORY_FULL, 429, 1"
    })
    void everyFailureHasAStatusAndAFewHaveRetryAfter(
            boolean accepted, FailureReason reason, int status, String retryAfter) {
        ApiProblem problem = problem(new Outcome.Failed(accepted, reason));
        assertThat(problem.getStatusCode().value()).isEqualTo(status);
        assertThat(problem.getHeaders().getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo(retryAfter);
    }

    @Test
    void theProblemOfAClosedPeerSaysWhetherTheMessageWasUnderWay() {
        assertThat(problem(new Outcome.Failed(true, FailureReason.RESET)).getBody().getDetail())
                .isEqualTo(
                        "peer 'pump-7' is closed (reset), and the message was under way; part of it"
                                + " may have been written");
        assertThat(problem(new Outcome.Failed(false, FailureReason.CLOSED)).getBody().getDetail())
                .isEqualTo("peer 'pump-7' is closed; nothing was written");
    }

    @ParameterizedTest
    @CsvSource({
        "BAD_REQUEST, 400",
        "UNKNOWN_LISTENER, 404",
        "NO_PEER, 404",
        "NOT_ALLOWED, 403",
        "NO_UDP_LISTENER, 422",
        "AMBIGUOUS, 422",
        "BAD_PAYLOAD, 422",
        "KEY_REUSED, 422",
        "OTHER, 422",
        "CONNECT_FAILED, 502",
        "CONNECT_TIMEOUT, 504",
        "TOO_MANY_PEERS, 429",
        "MEMORY_FULL, 429",
        "TOO_LARGE, 413",
        "NOT_AVAILABLE, 501",
        "SHUTTING_DOWN, 503"
    })
    void everyRejectionHasAStatusReasonAndDetail(SendResult.Reason reason, int status) {
        ApiProblem problem = problem(new SendResult.Rejected(reason, "because"));
        assertThat(problem.getStatusCode().value()).isEqualTo(status);
        assertThat(problem.reason()).isEqualTo(reason.word());
        assertThat(problem.getBody().getDetail()).isEqualTo("because");
        assertThat(problem.getHeaders().containsHeader(HttpHeaders.RETRY_AFTER))
                .isEqualTo(status == 429);
    }

    @Test
    void aFailedConnectionHasItsErrno() {
        SocketError refused = SocketError.of(new IOException("Connection refused"));
        ApiProblem problem =
                problem(
                        new SendResult.Rejected(
                                SendResult.Reason.CONNECT_FAILED, "because", refused));
        assertThat(problem.getBody().getProperties())
                .containsEntry("errno", 111)
                .containsEntry("code", "ECONNREFUSED");
    }

    @Test
    void aFullListenerIsToBeTriedAgain() {
        ApiProblem problem =
                problem(new SendResult.Rejected(SendResult.Reason.TOO_MANY_CONNECTIONS, "full"));
        assertThat(problem.getStatusCode().value()).isEqualTo(503);
        assertThat(problem.getHeaders().getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo("1");
    }

    @Test
    void explainsASpaceThatWasAPlus() {
        SendResult.PeerFailed unknown =
                new SendResult.PeerFailed(
                        " 4917", new Outcome.Failed(false, FailureReason.UNKNOWN));
        assertThat(problem(unknown, true).getBody().getDetail())
                .startsWith("no peer ' 4917'")
                .endsWith("; a plus in a query is a space, write %2B");
        assertThat(problem(unknown, false).getBody().getDetail()).doesNotContain("%2B");
    }

    private static ApiProblem problem(Outcome.Failed failed) {
        return problem(new SendResult.PeerFailed("pump-7", failed));
    }

    private static ApiProblem problem(SendResult result) {
        return problem(result, false);
    }

    private static ApiProblem problem(SendResult result, boolean plus) {
        return assertThatExceptionOfType(ApiProblem.class)
                .isThrownBy(() -> SendStatus.reported(result, plus))
                .actual();
    }
}
