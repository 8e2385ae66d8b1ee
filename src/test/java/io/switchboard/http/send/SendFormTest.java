package io.switchboard.http.send;

import static io.switchboard.http.problem.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.Target;
import io.switchboard.framing.LineFraming;
import io.switchboard.peer.Reach;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class SendFormTest {
    private static final byte[] PAYLOAD = {1, 2};

    private final SendForm form = new SendForm(Reach.ALL);

    @Test
    void onlyTheTargetIsRequired() {
        form.set("to", "all");
        Send send = form.send(PAYLOAD);
        assertThat(send.to()).containsExactly(new Target.All());
        assertThat(send.exclude()).isEmpty();
        assertThat(send.payload()).isSameAs(PAYLOAD);
        assertThat(send.framing()).isNull();
        assertThat(send.split()).isFalse();
        assertThat(send.until()).isEqualTo(Wait.WRITTEN);
        assertThat(send.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(send.results()).isEqualTo(Results.AUTO);
        assertThat(form.send(PAYLOAD).require()).isFalse();
    }

    @Test
    void refusesMoreTargetsThanARequestMayHave() {
        for (String field : new String[] {"to", "exclude"}) {
            for (int i = 0; i < Target.MAX_TARGETS; i++) {
                form.set(field, "a");
            }
            assertRefused(
                    () -> form.set(field, "a"),
                    HttpStatus.BAD_REQUEST,
                    field + " has more than 10000 targets");
        }
    }

    @Test
    void refusesMoreNamesThanOneTransactionShouldStore() {
        form.set("ttl", "1h");
        for (int i = 0; i < SendForm.MAX_NAMES; i++) {
            form.set("to", "meter " + i);
        }
        assertThat(form.send(PAYLOAD).to()).hasSize(1_000);
        form.set("to", "meter");
        assertRefused(
                () -> form.send(PAYLOAD),
                HttpStatus.UNPROCESSABLE_CONTENT,
                "to has 1001 names, and a message with ttl takes 1000");
    }

    @Test
    void readsEveryField() {
        form.set("to", "listener:default");
        form.set("to", "4kdtwq-17");
        form.set("exclude", "transport:tcp");
        form.set("framing", "crlf");
        form.set("split", "true");
        form.set("wait", "queued");
        form.set("timeout", "200ms");
        form.set("require", "true");
        form.set("results", "failed");
        Send send = form.send(PAYLOAD);
        assertThat(send.to())
                .containsExactly(new Target.OfListener("default"), new Target.One("4kdtwq-17"));
        assertThat(send.exclude()).hasSize(1);
        assertThat(send.framing()).isEqualTo(LineFraming.CRLF);
        assertThat(send.split()).isTrue();
        assertThat(send.until()).isEqualTo(Wait.QUEUED);
        assertThat(send.timeout()).isEqualTo(Duration.ofMillis(200));
        assertThat(send.results()).isEqualTo(Results.FAILED);
        assertThat(form.send(PAYLOAD).require()).isTrue();
    }

    /** As in {@code ?to=all&split}. */
    @Test
    void aFlagWithoutAValueIsSet() {
        form.set("to", "all");
        form.set("split", "");
        assertThat(form.send(PAYLOAD).split()).isTrue();
    }

    @Test
    void aFlagMayBeFalse() {
        form.set("to", "all");
        form.set("split", "false");
        assertThat(form.send(PAYLOAD).split()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"meter-7", "4kdtwq-17", "tcp:192.0.2.7:9100", "udp:192.0.2.7:9"})
    void finishIsForNamedPeers(String to) {
        form.set("to", to);
        form.set("finish", "true");
        assertThat(form.send(PAYLOAD).finish()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "group:floor-2", "listener:default", "transport:tcp"})
    void finishIsNotForASelection(String to) {
        form.set("to", "meter-7");
        form.set("to", to);
        form.set("finish", "true");
        assertRefused(() -> form.send(PAYLOAD), HttpStatus.BAD_REQUEST, "finish=true", "to=" + to);
    }

    @Test
    void aHostToConnectToIsTheOnlyTarget() {
        form.set("to", "tcp:192.0.2.7:9100");
        assertThat(form.send(PAYLOAD).to()).hasSize(1);
        form.set("to", "meter-7");
        assertRefused(
                () -> form.send(PAYLOAD),
                HttpStatus.BAD_REQUEST,
                "to=tcp:192.0.2.7:9100",
                "the only target");
    }

    @Test
    void aHostToConnectToIsNotExcluded() {
        assertRefused(
                () -> form.set("exclude", "tcp:192.0.2.7:9100"),
                HttpStatus.BAD_REQUEST,
                "exclude: 'tcp:192.0.2.7:9100' is a host to connect to");
    }

    /** A request without a target must never become a broadcast. */
    @Test
    void refusesASendWithoutTarget() {
        assertRefused(
                () -> form.send(PAYLOAD), HttpStatus.BAD_REQUEST, "'to' is missing", "to=all");
    }

    @ParameterizedTest
    @CsvSource({
        "to, group:, all",
        "to, '', all",
        "exclude, listener:, all",
        "framing, lines, 'line, lf, crlf, delimiter:BYTES'",
        "framing, fixed:0, 'fixed:N takes 1 to'",
        "framing, 'stx-etx or line', 'choose one, or raw'",
        "split, yes, true or false",
        "require, 1, true or false",
        "wait, sent, 'queued, written, acked and reply'",
        "timeout, soon, 5s",
        "timeout, -1s, 5s",
        "timeout, 11m, 0s to 600s",
        "results, some, 'all, failed and none'"
    })
    void refusesAnInvalidValueAndSaysWhatWouldBeValid(String field, String value, String valid) {
        assertRefused(() -> form.set(field, value), HttpStatus.BAD_REQUEST, field, value, valid);
    }

    @Test
    void refusesAnUnknownTransportAndListsTheKnownOnes() {
        assertRefused(
                () -> form.set("to", "transport:sctp"),
                HttpStatus.BAD_REQUEST,
                "to: unknown transport 'sctp': known are tcp, tls, udp, unix");
    }

    @Test
    void mayWaitForTheReply() {
        form.set("to", "all");
        form.set("wait", "reply");
        assertThat(form.send(PAYLOAD).until()).isEqualTo(Wait.REPLY);
    }

    @Test
    void mayWaitForTheAcknowledgement() {
        form.set("to", "all");
        form.set("wait", "acked");
        assertThat(form.send(PAYLOAD).until()).isEqualTo(Wait.ACKED);
    }

    @Test
    void refusesAnUnknownNameAndListsTheKnownOnes() {
        assertRefused(
                () -> form.set("too", "all"), HttpStatus.BAD_REQUEST, "'too'", "to, ttl, wait");
    }
}
