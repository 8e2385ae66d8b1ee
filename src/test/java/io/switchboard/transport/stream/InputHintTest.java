package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.transport.config.InputStart.Telnet;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputHintTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    line      | 16030100a5010000a10303aabbccdd   | the peer speaks TLS: set tls.bundle of listener 'x'
                    length:2  | 16030100a5010000a10303aabbccdd   | the peer speaks TLS
                    line      | 50524f58592054435034203a0d0a     | the peer sends a PROXY header: set proxy-protocol of listener 'x' to true
                    line      | 0d0a0d0a000d0a515549540a2111     | the peer sends a PROXY header
                    raw:50ms  | 504f5354202f20485454502f312e310d0a | the peer speaks HTTP
                    line      | 101600044d51545404c2003c         | the peer speaks MQTT
                    line      | 100c00064d514973647003           | the peer speaks MQTT
                    line      | fffd03                           | the peer is a telnet client: set telnet of listener 'x' to auto
                    line      | fffe680069000a00                 | the peer sends UTF-16: let it send UTF-8, or set charset of listener 'x' to UTF-16LE
                    line      | feff00680069000a                 | the peer sends UTF-16: let it send UTF-8, or set charset of listener 'x' to UTF-16BE
                    """)
    void namesTheProtocolAndWhatToConfigure(String framing, String input, String hint) {
        assertThat(protocol(framing, input, Telnet.OFF).orElseThrow()).startsWith(hint);
    }

    @ParameterizedTest
    @CsvSource({
        "'length:varint,offset=1', 101000044d51545404c2003c000461626364",
        "line, 68656c6c6f0a",
        "line, 504f534954494f4e20312c320a",
        "line, 47455420310a",
        "raw, fffe1234",
    })
    void saysNothingAboutWhatTheListenerIsFor(String framing, String input) {
        assertThat(protocol(framing, input, Telnet.OFF)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"AUTO", "ON"})
    void aListenerWithTelnetNeedsNoHintAboutIt(Telnet telnet) {
        assertThat(protocol("line", "fffd03", telnet)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    line     | 0b4d53487c5e7e5c267c0d1c0d       | mllp
                    line     | 02616263 03                      | stx-etx
                    line     | 0261620300                       | stx-etx:lrc
                    line     | 35203c31333e41                   | octet-counted
                    line     | 78780d01035999900000001700 01d9dc0d0a | length:1,offset=2,adjust=2,start=0x7878,keep
                    line     | 7e0002000001390000000100017e     | delimiter:0x7e,start=0x7e,escape=0x7d01>7d,escape=0x7d02>7e
                    line     | 7b226964223a2231227d             | json
                    line     | 000f333539393939303030303030303137 | length:2
                    line     | 000100000006010300000002         | length:2,offset=4
                    line     | 0300001611e00000000100c1020100c2020102c0010a | length:2,inclusive,offset=2
                    line     | 0000000568656c6c6f               | length:4
                    line     | 0500000068656c6c6f               | length:4,little
                    line     | 68656c6c6f00                     | nul
                    line     | 68656c6c6f0d                     | delimiter:\\r
                    line     | 2a48512c313233230d0a23           | delimiter:#
                    length:2 | 68656c6c6f0d0a                   | line
                    stx-etx  | 68656c6c6f0a                     | line
                    """)
    void namesTheFramingThatTheFirstBytesHave(String framing, String input, String other) {
        assertThat(framing(framing, input, false))
                .contains(
                        "the bytes are frames of framing '%s', and that of listener 'x' is '%s'"
                                .formatted(other.replace("\\\\", "\\"), framing));
    }

    @ParameterizedTest
    @CsvSource({
        "00333536330d0a, 'the first byte is zero'",
        "680069000a00, 'the peer sends UTF-16'"
    })
    void explainsBytesThatAreNoText(String input, String hint) {
        assertThat(framing("line", input, true).orElseThrow()).startsWith(hint);
    }

    @ParameterizedTest
    @CsvSource({"line, 68656c6c6f0a, true", "line, 68656c6c, false", "length:2, 00026869, true"})
    void saysNothingAboutFramesOfTheListener(String framing, String input, boolean found) {
        assertThat(framing(framing, input, found)).isEmpty();
    }

    private static Optional<String> protocol(String framing, String input, Telnet telnet) {
        byte[] bytes = HexFormat.of().parseHex(input.replace(" ", ""));
        return InputHint.protocol(bytes, bytes.length, Framing.of(framing), telnet, "x");
    }

    private static Optional<String> framing(String framing, String input, boolean found) {
        byte[] bytes = HexFormat.of().parseHex(input.replace(" ", ""));
        return InputHint.framing(bytes, bytes.length, found, Framing.of(framing), "x");
    }
}
