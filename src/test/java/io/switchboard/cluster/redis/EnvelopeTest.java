package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.RpcCodec;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EnvelopeTest {
    private static final byte[] BODY = {0, 1, (byte) 0xff};

    static Stream<Envelope> messages() {
        return Stream.concat(
                Stream.of(
                        Envelope.request("0bbbbb", 7, 1_000, 2_000, "send", BODY, Map.of()),
                        Envelope.request(
                                "0bbbbb",
                                7,
                                1,
                                2,
                                "send",
                                BODY,
                                Map.of("traceparent", "00-a-b-01")),
                        Envelope.inProgress("0bbbbb", new long[] {1, Long.MAX_VALUE}),
                        Envelope.notice("0bbbbb", Envelope.Kind.CHANGED),
                        Envelope.notice("0bbbbb", Envelope.Kind.LEFT)),
                Stream.of(Envelope.Outcome.values())
                        .map(outcome -> Envelope.result("0bbbbb", -1, outcome, BODY)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void decodesWhatItEncodes(Envelope message) {
        assertThat(Envelope.of(message.bytes()))
                .hasValueSatisfying(
                        read -> assertThat(read).usingRecursiveComparison().isEqualTo(message));
    }

    /** Any client of Redis can publish on a channel. */
    @Test
    void refusesBytesThatAreNoMessage() {
        assertThat(Envelope.of(new byte[0])).isEmpty();
        assertThat(Envelope.of("hello".getBytes(UTF_8))).isEmpty();
        byte[] request = Envelope.request("0bbbbb", 7, 1, 2, "send", new byte[0], Map.of()).bytes();
        for (int length = 0; length < request.length; length++) {
            assertThat(Envelope.of(Arrays.copyOf(request, length)))
                    .as("%s bytes", length)
                    .isEmpty();
        }
    }

    @Test
    void ignoresFieldsOfALaterRelease() {
        byte[] bytes =
                RpcCodec.encode(
                        Map.of(
                                "version",
                                1,
                                "kind",
                                "REQUEST",
                                "from",
                                "0bbbbb",
                                "id",
                                7,
                                "method",
                                "send",
                                "body",
                                BODY,
                                "priority",
                                3));
        assertThat(Envelope.of(bytes))
                .hasValueSatisfying(
                        read -> {
                            assertThat(read.kind()).isEqualTo(Envelope.Kind.REQUEST);
                            assertThat(read.body()).isEqualTo(BODY);
                            assertThat(read.expires()).as("missing").isZero();
                            assertThat(read.trace()).as("missing").isEmpty();
                        });
    }

    @Test
    void readsAKindAndAnOutcomeOfALaterReleaseAsNull() {
        byte[] bytes =
                RpcCodec.encode(
                        Map.of("version", 1, "kind", "VOTE", "from", "0bbbbb", "outcome", "MAYBE"));
        assertThat(Envelope.of(bytes))
                .hasValueSatisfying(
                        read -> {
                            assertThat(read.kind()).isNull();
                            assertThat(read.outcome()).isNull();
                        });
    }

    @Test
    void refusesAnotherVersionOfTheEncoding() {
        assertThat(
                        Envelope.of(
                                RpcCodec.encode(
                                        Map.of("version", 2, "kind", "LEFT", "from", "0bbbbb"))))
                .isEmpty();
        assertThat(Envelope.of(RpcCodec.encode(Map.of("kind", "LEFT", "from", "0bbbbb"))))
                .isEmpty();
    }
}
