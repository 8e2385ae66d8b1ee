package io.switchboard.web.tomcat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SmallSendTest {
    private static final String HOST = "Host: localhost:8080\r\n";
    private static final String CURL =
            "POST /send?to=p1 HTTP/1.1\r\n"
                    + HOST
                    + "User-Agent: curl/8.14.1\r\n"
                    + "Accept: */*\r\n"
                    + "Content-Length: 5\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\nhello";

    private static final long SEED = 7;
    private static final int TRIES = 200_000;
    private static final int MOST_PIECES = 12;
    private static final List<String> PIECES =
            List.of(
                    "POST /send",
                    "?to=a",
                    " HTTP/1.1",
                    "\r\n",
                    "\r\n\r\n",
                    "\n",
                    "\r",
                    "Content-Length: 5\r\n",
                    "Content-Length: 0",
                    "content-length:2\r\n",
                    "Transfer-Encoding: chunked\r\n",
                    "Connection: close",
                    "Connection: keep-alive\r\n",
                    "Host: a\r\n",
                    "Expect: 100-continue\r\n",
                    " ",
                    "ab",
                    "hello");

    private static boolean is(String text) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(text.length() + 3);
        bytes.position(1).put(text.getBytes(ISO_8859_1)).limit(bytes.position()).position(1);
        boolean is = SmallSend.is(bytes);
        assertThat(bytes.position()).isEqualTo(1);
        assertThat(bytes.remaining()).isEqualTo(text.length());
        return is;
    }

    private static String with(String header) {
        return "POST /send HTTP/1.1\r\n" + header + "\r\n\r\n";
    }

    @Test
    void isWhatCurlSends() {
        assertThat(is(CURL)).isTrue();
    }

    @Test
    void isWhateverTheCaseOfItsHeaders() {
        assertThat(is("POST /send HTTP/1.1\r\ncontent-length:0\r\nconnection: Keep-Alive\r\n\r\n"))
                .isTrue();
        assertThat(is("POST /send?to=a HTTP/1.1\r\nCONTENT-LENGTH:  3\r\n\r\nabc")).isTrue();
        assertThat(is("POST /send HTTP/1.1\r\n\r\n")).isTrue();
    }

    @Test
    void isNotABeginning() {
        for (int length = 0; length < CURL.length(); length++) {
            assertThat(is(CURL.substring(0, length))).as("%d bytes", length).isFalse();
        }
    }

    @Test
    void isNotMoreThanOne() {
        assertThat(is(CURL + "G")).isFalse();
        assertThat(is(CURL + CURL)).isFalse();
        assertThat(is(CURL + "GET /events HTTP/1.1\r\n" + HOST + "\r\n")).isFalse();
        assertThat(is(with("Host: a") + "\r\n")).isFalse();
    }

    @Test
    void isNothingElse() {
        for (String line :
                List.of(
                        "GET /send HTTP/1.1",
                        "post /send HTTP/1.1",
                        "POST /sender HTTP/1.1",
                        "POST /send/x HTTP/1.1",
                        "POST /send;a=b HTTP/1.1",
                        "POST //send HTTP/1.1",
                        "POST http://localhost/send HTTP/1.1",
                        "POST /peers/p1/close HTTP/1.1",
                        "POST /send HTTP/1.0",
                        "POST /send HTTP/2.0",
                        "POST /send",
                        "POST /send?to=a\tHTTP/1.1")) {
            assertThat(is(line + "\r\n" + HOST + "\r\n")).as(line).isFalse();
        }
    }

    @Test
    void isNothingThatTomcatWouldDoMoreFor() {
        for (String header :
                List.of(
                        "Transfer-Encoding: chunked",
                        "transfer-encoding : chunked",
                        "Expect: 100-continue",
                        "Upgrade: h2c",
                        "Connection: close",
                        "Connection: Upgrade, HTTP2-Settings",
                        "Connection: keep-alive, Upgrade",
                        "Connection:",
                        "Host: a\r\n Transfer-Encoding: chunked",
                        "Host: a\r\n\tb")) {
            assertThat(is(with(header))).as(header).isFalse();
        }
    }

    @Test
    void isNothingOfUnclearLength() {
        for (String header :
                List.of(
                        "Content-Length:",
                        "Content-Length: -0",
                        "Content-Length: +0",
                        "Content-Length: 0x0",
                        "Content-Length: 0 0",
                        "Content-Length: 0,0",
                        "Content-Length: 000000",
                        "Content-Length: 0\r\nContent-Length: 0",
                        "Content-Length: 1",
                        "Content-Length: 99999")) {
            assertThat(is(with(header))).as(header).isFalse();
        }
    }

    /** Tomcat ends a line with a mere LF as well: what it would read might be another body. */
    @Test
    void isNothingWithALineThatEndsOtherwise() {
        assertThat(is("POST /send HTTP/1.1\nHost: a\r\n\r\n")).isFalse();
        assertThat(is("POST /send HTTP/1.1\r\nHost: a\n\r\n")).isFalse();
        assertThat(is("POST /send HTTP/1.1\r\nHost: a\r\n\n")).isFalse();
        assertThat(is("POST /send HTTP/1.1\r\nContent-Length: 7\r\n\nabc\r\n\r\n1234567"))
                .isFalse();
    }

    /** Slowly, by the grammar: a head of whole lines, and a body of exactly its length. */
    @Test
    void isOnlyWhatTheGrammarSaysIsOneRequest() {
        Random random = new Random(SEED);
        int some = 0;
        for (int i = 0; i < TRIES; i++) {
            StringBuilder text = new StringBuilder("POST /send HTTP/1.1\r\n");
            for (int count = random.nextInt(MOST_PIECES); count > 0; count--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            if (is(text.toString())) {
                assertIsOneRequest(text.toString());
                some++;
            }
        }
        assertThat(some).isGreaterThan(TRIES / 1000);
    }

    private static void assertIsOneRequest(String text) {
        int end = text.indexOf("\r\n\r\n");
        List<String> lines = List.of(text.substring(0, end).split("\r\n", -1));
        assertThat(lines).allSatisfy(line -> assertThat(line).doesNotContain("\n"));
        String headers =
                lines.stream()
                        .skip(1)
                        .map(line -> line.toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining("\n", "\n", "\n"));
        assertThat(headers)
                .doesNotContain("\ntransfer-encoding", "\nexpect", "\nconnection: close", "\n ");
        List<String> lengths =
                headers.lines()
                        .filter(line -> line.startsWith("content-length:"))
                        .map(line -> line.substring("content-length:".length()).strip())
                        .toList();
        assertThat(lengths).hasSizeLessThan(2);
        int length = lengths.isEmpty() ? 0 : Integer.parseInt(lengths.getFirst());
        assertThat(text.substring(end + 4)).as(text).hasSize(length);
    }

    @Test
    void isAnyBodyOfItsLength() {
        Random random = new Random(SEED);
        for (int length = 0; length < 2_000; length++) {
            byte[] body = new byte[length];
            random.nextBytes(body);
            String head = "POST /send?to=p1 HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n";
            assertThat(is(head + new String(body, ISO_8859_1))).isTrue();
        }
    }
}
