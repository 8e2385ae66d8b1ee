package io.switchboard.http.send;

import static io.switchboard.http.problem.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.Target;
import io.switchboard.framing.RawFraming;
import io.switchboard.peer.Reach;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class SendJsonTest {

    @Test
    void readsEveryField() {
        Send send =
                read(
                        """
                        {"to": ["all", "4kdtwq-17"], "exclude": "listener:x", "text": "h\\u00e9",
                         "framing": "raw", "split": true, "wait": "queued", "timeout": "1m",
                         "require": false, "results": "none"}
                        """);
        assertThat(send.to()).containsExactly(new Target.All(), new Target.One("4kdtwq-17"));
        assertThat(send.exclude()).containsExactly(new Target.OfListener("x"));
        assertThat(send.payload()).isEqualTo("h\u00e9".getBytes(UTF_8));
        assertThat(send.framing()).isEqualTo(RawFraming.RAW);
        assertThat(send.split()).isTrue();
        assertThat(send.until()).isEqualTo(Wait.QUEUED);
        assertThat(send.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(send.results()).isEqualTo(Results.NONE);
    }

    @Test
    void readsRequire() {
        byte[] body = bytes("{\"to\":\"all\",\"text\":\"\",\"require\":true}");
        assertThat(new SendForm(Reach.ALL).readJson(body).require()).isTrue();
    }

    @Test
    void decodesThePayload() {
        assertThat(read("{\"to\":\"all\",\"hex\":\"00ffA0\"}").payload())
                .containsExactly(0x00, 0xff, 0xa0);
        assertThat(read("{\"to\":\"all\",\"base64\":\"AP8=\"}").payload())
                .containsExactly(0x00, 0xff);
        assertThat(read("{\"to\":\"all\",\"text\":\"\"}").payload()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"hex, 0", "hex, 0g", "hex, 0x00", "base64, A", "base64, 'AP8='' '", "base64, AP*="})
    void aPayloadThatCannotBeDecodedIsUnprocessable(String field, String value) {
        assertRefused(
                () -> read("{\"to\":\"all\",\"" + field + "\":\"" + value + "\"}"),
                HttpStatus.UNPROCESSABLE_CONTENT,
                field + " cannot be decoded");
    }

    /** To encode half a surrogate pair as a question mark would send a different message. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "\\ud800, \\ud800 at character 1",
                "a\\udc00, \\udc00 at character 2",
                "\\ud83d\\ude00\\ud83d, \\ud83d at character 3",
                "\\ud800x\\udc00, \\ud800 at character 1",
            })
    void anUnpairedSurrogateIsUnprocessable(String text, String words) {
        assertRefused(
                () -> read("{\"to\":\"all\",\"text\":\"" + text + "\"}"),
                HttpStatus.UNPROCESSABLE_CONTENT,
                "text has " + words,
                "hex or base64");
    }

    @Test
    void decodesAnEscapedSurrogatePair() {
        assertThat(read("{\"to\":\"all\",\"text\":\"a\\ud83d\\ude00b\"}").payload())
                .isEqualTo("a\ud83d\ude00b".getBytes(UTF_8));
    }

    @Test
    void refusesASendWithoutPayload() {
        assertRefused(
                () -> read("{\"to\":\"all\"}"),
                HttpStatus.BAD_REQUEST,
                "payload is missing",
                "text, hex or base64");
    }

    @Test
    void refusesASendWithoutTarget() {
        assertRefused(() -> read("{\"text\":\"x\"}"), HttpStatus.BAD_REQUEST, "'to' is missing");
        assertRefused(
                () -> read("{\"to\":[],\"text\":\"x\"}"),
                HttpStatus.BAD_REQUEST,
                "'to' is missing");
    }

    @Test
    void refusesMoreThanOnePayload() {
        assertRefused(
                () -> read("{\"to\":\"all\",\"text\":\"x\",\"hex\":\"00\"}"),
                HttpStatus.BAD_REQUEST,
                "more than one payload",
                "text, hex and base64");
    }

    /** Jackson limits a name to 50,000 characters; its exception has no location. */
    @Test
    void refusesANameOfExcessiveLength() {
        assertRefused(
                () -> read("{\"" + "x".repeat(60_000) + "\":1}"),
                HttpStatus.BAD_REQUEST,
                "a name, a number or a nesting that is too long");
    }

    /** A misspelt name must not be ignored. */
    @Test
    void refusesAnUnknownFieldAndListsTheKnownOnes() {
        assertRefused(
                () -> read("{\"to\":\"all\",\"txt\":\"x\"}"),
                HttpStatus.BAD_REQUEST,
                "unknown field 'txt'",
                "base64, exclude, finish, framing, hex,",
                "text, timeout, to, ttl, wait");
    }

    /** Otherwise one of the two values would be ignored. */
    @Test
    void refusesADuplicateField() {
        assertRefused(
                () -> read("{\"to\":\"all\",\"to\":\"4kdtwq-17\",\"text\":\"x\"}"),
                HttpStatus.BAD_REQUEST,
                "not JSON",
                "\"to\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "1", "x", "}", ","})
    void refusesContentAfterTheObject(String more) {
        assertRefused(
                () -> read("{\"to\":\"all\",\"text\":\"x\"} " + more),
                HttpStatus.BAD_REQUEST,
                "the body");
    }

    @Test
    void acceptsWhiteSpaceAroundTheObject() {
        assertThat(read(" \n{\"to\":\"all\",\"text\":\"x\"}\r\n ").to()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"text\"", "1", "null", ""})
    void refusesJsonThatIsNotAnObject(String body) {
        assertRefused(() -> read(body), HttpStatus.BAD_REQUEST, "the body is not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"to\"",
                "{\"to\":",
                "{\"to\":\"all\"",
                "{\"to\":\"al",
                "{\"to\":[\"all\""
            })
    void refusesTruncatedJson(String body) {
        assertRefused(() -> read(body), HttpStatus.BAD_REQUEST, "ends in the middle of its JSON");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"to\":\"all\",}",
                "{\"to\":[\"all\",\"text\":\"x\"}",
                "{to:\"all\"}",
                "{'to':'all'}",
                "hello"
            })
    void refusesMalformedJsonAndSaysWhere(String body) {
        assertRefused(
                () -> read(body), HttpStatus.BAD_REQUEST, "the body is not JSON", "in line 1");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "to, null",
                "to, 1",
                "to, {}",
                "to, [1]",
                "to, [[`\"all\"`]]",
                "exclude, true",
                "text, 1",
                "text, null",
                "hex, []",
                "framing, null",
                "timeout, 5",
                "wait, true",
                "results, 1"
            })
    void refusesAFieldThatIsNotAStringAndNamesIt(String field, String value) {
        assertRefused(
                () -> read("{\"" + field + "\":" + value + "}"),
                HttpStatus.BAD_REQUEST,
                field + " is not a string");
    }

    @ParameterizedTest
    @CsvSource({"split, '\"true\"'", "split, 1", "require, null", "require, []"})
    void refusesAFlagThatIsNotABooleanAndNamesIt(String field, String value) {
        assertRefused(
                () -> read("{\"" + field + "\":" + value + "}"),
                HttpStatus.BAD_REQUEST,
                field + " is not true or false");
    }

    @Test
    void refusesAnInvalidValueAsTheQueryDoes() {
        assertRefused(
                () -> read("{\"to\":\"all\",\"text\":\"x\",\"wait\":\"sent\"}"),
                HttpStatus.BAD_REQUEST,
                "wait='sent'",
                "queued, written, acked and reply");
    }

    private static Send read(String body) {
        return new SendForm(Reach.ALL).readJson(bytes(body));
    }

    private static byte[] bytes(String body) {
        return body.getBytes(UTF_8);
    }
}
