package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderEndTest {
    private static final byte[] V1 = bytes("PROXY TCP4 198.51.100.7 192.0.2.1 4711 8000\r\n");
    private static final byte[] V2 =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000cc6336407c000020112671f40");

    /** 2.1: the worst case of version 1. */
    private static final int LONGEST = 107;

    @Test
    void isFoundWhereverTheBytesEnd() throws Exception {
        for (byte[] header : new byte[][] {V1, V2}) {
            for (int length = 0; length < header.length; length++) {
                assertThat(ProxyHeader.end(Arrays.copyOf(header, length)))
                        .as("%d bytes of %d", length, header.length)
                        .isZero();
            }
            for (int more = 0; more < 20; more++) {
                assertThat(ProxyHeader.end(Arrays.copyOf(header, header.length + more)))
                        .isEqualTo(header.length);
            }
        }
    }

    @Test
    void longestHeaderOfVersion1IsTakenAndNoLongerOne() throws Exception {
        String line = "PROXY UNKNOWN" + " ".repeat(LONGEST - 15) + "\r\n";
        assertThat(ProxyHeader.end(bytes(line))).isEqualTo(LONGEST);
        assertThatThrownBy(() -> ProxyHeader.end(bytes(line.replace("\r", " \r"))))
                .isInstanceOf(ProxyHeader.Bad.class)
                .hasMessage("its PROXY header has no CRLF within 107 bytes");
    }

    @Test
    void longestHeaderOfVersion2IsTakenAndNoLongerOne() throws Exception {
        byte[] header = Arrays.copyOf(V2, 16 + 4096);
        header[14] = 0x10;
        header[15] = 0;
        assertThat(ProxyHeader.end(header)).isEqualTo(header.length);
        header[15] = 1;
        assertThatThrownBy(() -> ProxyHeader.end(Arrays.copyOf(header, 16)))
                .hasMessage("its PROXY header announces 4097 bytes: it may have 4096");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "PROX1", "P ", "GET / HTTP/1.1", "\r\n\r\n1", "\n"})
    void isRefusedAtTheFirstByteThatIsNoneOfIt(String text) {
        assertThatThrownBy(() -> ProxyHeader.end(bytes(text)))
                .isInstanceOfSatisfying(
                        ProxyHeader.Bad.class, refused -> assertThat(refused.begun()).isFalse());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }
}
