package io.switchboard.transport.proxyprotocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderLengthTest {
    private static final byte[] V1 = bytes("PROXY TCP4 198.51.100.7 192.0.2.1 4711 8000\r\n");
    private static final byte[] V2 =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000cc6336407c000020112671f40");

    /** The longest header of version 1 (section 2.1 of the specification). */
    private static final int V1_MAX_LENGTH = 107;

    @Test
    void lengthIsKnownOnceTheHeaderIsComplete() throws Exception {
        for (byte[] header : new byte[][] {V1, V2}) {
            for (int length = 0; length < header.length; length++) {
                assertThat(ProxyHeader.length(Arrays.copyOf(header, length)))
                        .as("%d bytes of %d", length, header.length)
                        .isZero();
            }
            for (int more = 0; more < 20; more++) {
                assertThat(ProxyHeader.length(Arrays.copyOf(header, header.length + more)))
                        .isEqualTo(header.length);
            }
        }
    }

    @Test
    void longestHeaderOfVersion1IsAcceptedAndALongerOneRefused() throws Exception {
        String line = "PROXY UNKNOWN" + " ".repeat(V1_MAX_LENGTH - 15) + "\r\n";
        assertThat(ProxyHeader.length(bytes(line))).isEqualTo(V1_MAX_LENGTH);
        assertThatThrownBy(() -> ProxyHeader.length(bytes(line.replace("\r", " \r"))))
                .isInstanceOf(ProxyHeader.InvalidHeader.class)
                .hasMessage("its PROXY header has no CRLF within 107 bytes");
    }

    @Test
    void longestHeaderOfVersion2IsAcceptedAndALongerOneRefused() throws Exception {
        byte[] header = Arrays.copyOf(V2, 16 + 4096);
        header[14] = 0x10;
        header[15] = 0;
        assertThat(ProxyHeader.length(header)).isEqualTo(header.length);
        header[15] = 1;
        assertThatThrownBy(() -> ProxyHeader.length(Arrays.copyOf(header, 16)))
                .hasMessage("its PROXY header announces 4097 bytes, and at most 4096 are accepted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "PROX1", "P ", "GET / HTTP/1.1", "\r\n\r\n1", "\n"})
    void otherProtocolsAreRefusedAtTheFirstByteThatDiffers(String text) {
        assertThatThrownBy(() -> ProxyHeader.length(bytes(text)))
                .isInstanceOfSatisfying(
                        ProxyHeader.InvalidHeader.class,
                        refused -> assertThat(refused.signatureMatches()).isFalse());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }
}
