package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import io.switchboard.transport.config.InputStart;
import io.switchboard.transport.config.InputStart.Telnet;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What precedes the first frame of a connection, wherever the network divides the bytes. */
class InputStartTest {
    private static final InputStart LINE = new InputStart(Telnet.AUTO, true, true);

    private final List<String> frames = new ArrayList<>();
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a byte order mark  | efbbbf 61620d0a 63640a              | 6162,6364       |
                    only at the start  | 61620a efbbbf63640a                 | 6162,efbbbf6364 |
                    two marks          | efbbbf efbbbf 61620a                | efbbbf6162      |
                    half a mark        | efbb 61620a                         | efbb6162        |
                    character mode     | fffd01 fffd03 61620d00              | 6162            | fffc01fffc03
                    DO SGA             | fffd03 68656c6c6f0d0a               | 68656c6c6f      | fffc03
                    WILL NAWS          | fffb1f 68690d0a                     | 6869            | fffe1f
                    commands, a mark   | fffb1f efbbbf 68690d0a              | 6869            | fffe1f
                    a mark, commands   | efbbbf fffb1f 68690d0a              | 6869            | fffe1f
                    after a line       | 61620d0a fffd06 63640d0a            | 6162,6364       | fffc06
                    WONT is no answer  | fffc01 68690d0a                     | 6869            |
                    DONT once known    | fffc01 fffe01 68690d0a              | 6869            |
                    a subnegotiation   | fffb1f fffa1f00500018fff0 68690d0a  | 6869            | fffe1f
                    IAC IAC in it      | fffa1f00ffff0018fff0 68690d0a       | 6869            |
                    interrupt process  | fff4 fffd06 68690d0a                | 6869            | fffc06
                    in a line          | fffc01 61 fff1 620d0a               | 6162            |
                    IAC IAC            | fffc01 61 ffff 620d0a               | 61ff62          |
                    CR alone           | fffc01 61 0d 620d0a                 | 610d62          |
                    CR CR NUL          | fffc01 61 0d0d00                    | 610d            |
                    UTF-16             | fffe 6800690d0a                     | fffe680069      |
                    0xff in a line     | 61fffd030d0a                        | 61fffd03        |
                    0xff, no command   | ff41 0a                             | ff41            |
                    """)
    void isRemoved(String name, String input, String expected, @Nullable String answered) {
        byte[] bytes = hex(input);
        for (int piece = 1; piece <= bytes.length; piece++) {
            FrameReader reader = reader("line", LINE);
            read(reader, bytes, piece);
            assertThat(frames.stream().map(each -> hex(each.getBytes(ISO_8859_1))))
                    .as("%s, in pieces of %d", name, piece)
                    .containsExactly(expected.split(",", -1));
            assertThat(hex(answers.toByteArray()))
                    .isEqualTo(Objects.requireNonNullElse(answered, ""));
            assertThat(reader.partialBytes()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"line", "lf", "crlf"})
    void aLineOfATelnetClientEndsAtCrNulAndAtCrLf(String framing) {
        FrameReader reader = reader(framing, new InputStart(Telnet.ON, false, false));
        read(reader, hex("61620d00 63640d0a"), 1);
        assertThat(frames).containsExactly("ab", "cd");
    }

    @Test
    void asksATelnetClientForLinesOnce() {
        FrameReader reader = reader("line", new InputStart(Telnet.ON, false, false));
        assertThat(reader.telnetOffer()).isEqualTo(hex("fffc01 fffc03 fffd22"));
        read(reader, hex("fffb22 fffb22 610d0a"), 1);
        assertThat(hex(answers.toByteArray())).isEqualTo("fffa220103fff0fffe22");
        assertThat(frames).containsExactly("a");
    }

    @Test
    void asksNoClientThatIsOnlyRecognized() {
        assertThat(reader("line", LINE).telnetOffer()).isNull();
    }

    @Test
    void framesThatWaitForAStepAreNotTakenForCommandsTwice() {
        FrameReader reader = reader("line", LINE);
        byte[] bytes = hex("fffc01" + "fffffd030d0a".repeat(100));
        int read = reader.read(bytes, bytes.length, System.nanoTime(), this::add);
        assertThat(reader.hasMore()).isTrue();
        while (reader.hasMore()) {
            read += reader.proceed(System.nanoTime(), this::add);
        }
        assertThat(read).isEqualTo(100);
        assertThat(frames).containsOnly("ÿý\3");
    }

    @Test
    void withoutTheKeysEveryByteIsData() {
        FrameReader reader = reader("line", InputStart.NONE);
        read(reader, hex("efbbbf 0a fffd03 0a"), 1);
        read(reader, text("GET / HTTP/1.1\n"), 1);
        assertThat(frames).containsExactly("ï»¿", "ÿý\3", "GET / HTTP/1.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\nENGINE STOP 1\n",
                "GET /send?to=all HTTP/1.0\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "CONNECT a:1 HTTP/1.1\r\n"
            })
    void noPartOfAnHttpRequestIsAFrame(String request) {
        byte[] bytes = text(request);
        for (int piece = 1; piece <= bytes.length; piece++) {
            FrameReader reader = reader("line", LINE);
            read(reader, bytes, piece);
            assertThat(frames).isEmpty();
            FrameReader.Fault fault = Objects.requireNonNull(reader.fault());
            assertThat(fault.reason()).isEqualTo(CloseReason.HTTP_REQUEST);
            assertThat(fault.detail())
                    .isEqualTo("the first line is an HTTP request: " + request.split("\\R", -1)[0]);
        }
    }

    @Test
    void aWholeRequestIsRefusedAsAFrameOfRawToo() {
        for (String framing : List.of("raw", "raw:50ms")) {
            FrameReader reader = reader(framing, LINE);
            byte[] bytes = text("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            reader.read(bytes, bytes.length, System.nanoTime(), this::add);
            assertThat(reader.flush(this::add)).isZero();
            assertThat(frames).isEmpty();
            assertThat(reader.fault()).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1",
                "GET / http/1.1",
                " / HTTP/1.1",
                "GET HTTP/1.1",
                "GET  HTTP/1.1",
                "get / HTTP/1.1",
                "GET /HTTP/1.1",
                "HTTP/1.1",
                "HTTP/1.1 200 OK",
                "ABCDEFGHIJKLMNOPQRSTU / HTTP/1.1",
                ""
            })
    void otherLinesAreFrames(String line) {
        FrameReader reader = reader("line", LINE);
        read(reader, text(line + "\n"), 3);
        assertThat(frames).containsExactly(line);
    }

    @Test
    void aLaterLineMayBeAnHttpRequest() {
        FrameReader reader = reader("line", LINE);
        read(reader, text("a\nGET / HTTP/1.1\n"), 16);
        assertThat(frames).containsExactly("a", "GET / HTTP/1.1");
    }

    private FrameReader reader(String framing, InputStart start) {
        frames.clear();
        answers.reset();
        return new FrameReader(Framing.of(framing), 65_536, FrameReader.FRAMES_PER_STEP, start);
    }

    private void read(FrameReader reader, byte[] bytes, int piece) {
        for (int from = 0; from < bytes.length && reader.fault() == null; from += piece) {
            byte[] part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + piece));
            reader.read(part, part.length, System.nanoTime(), this::add);
            byte[] answer = reader.takeTelnetAnswer();
            if (answer != null) {
                answers.writeBytes(answer);
            }
        }
    }

    private void add(byte[] frame) {
        frames.add(new String(frame, ISO_8859_1));
    }

    private static byte[] text(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }
}
