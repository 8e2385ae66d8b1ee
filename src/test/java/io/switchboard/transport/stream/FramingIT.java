package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** Devices of every framing, through real sockets, in both directions. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.telnet.port=0",
            "switchboard.listeners.telnet.framing=crlf",
            "switchboard.listeners.tracker.port=0",
            "switchboard.listeners.tracker.framing=delimiter:;",
            "switchboard.listeners.instrument.port=0",
            "switchboard.listeners.instrument.framing=delimiter:\\\\r",
            "switchboard.listeners.flash.port=0",
            "switchboard.listeners.flash.framing=nul",
            "switchboard.listeners.scanner.port=0",
            "switchboard.listeners.scanner.framing=stx-etx",
            "switchboard.listeners.scale.port=0",
            "switchboard.listeners.scale.framing=stx-etx:lrc",
            "switchboard.listeners.modbus.port=0",
            "switchboard.listeners.modbus.framing=length:2,offset=4",
            "switchboard.listeners.game.port=0",
            "switchboard.listeners.game.framing=length:4,little",
            "switchboard.listeners.tpkt.port=0",
            "switchboard.listeners.tpkt.framing=length:2,inclusive,offset=2",
            "switchboard.listeners.card.port=0",
            "switchboard.listeners.card.framing=length:ascii4",
            "switchboard.listeners.ward.port=0",
            "switchboard.listeners.ward.framing=mllp",
            "switchboard.listeners.plc.port=0",
            "switchboard.listeners.plc.framing=fixed:8",
            "switchboard.listeners.press.port=0",
            "switchboard.listeners.press.framing=fixed:8",
            "switchboard.listeners.press.frame-deadline=500ms",
            "switchboard.listeners.syslog.port=0",
            "switchboard.listeners.syslog.framing=octet-counted",
            "switchboard.listeners.syslog.max-frame=100B",
            "switchboard.listeners.mixed.port=0",
            "switchboard.listeners.mixed.framing=mllp",
            "switchboard.listeners.mixed.framing-out=length:1"
        })
class FramingIT {

    /** A device: the listener of the same name, two frames as bytes, and their payloads. */
    enum Device {
        TELNET("one\r\nt\nwo\r\n", "one", "t\nwo", "two"),
        TRACKER("*HQ,865205030000001,V1#;*HQ,2#;", "*HQ,865205030000001,V1#", "*HQ,2#"),
        INSTRUMENT("GRMN01\r\r", "GRMN01", ""),
        FLASH("<a/>\0\n\0", "<a/>", "\n"),
        SCANNER("\0024006381333931\3\2\u00ff\0\3", "4006381333931", "\u00ff\0"),
        SCALE("\2AB\3\0\2A@\3\2", "AB", "A@"),
        MODBUS(
                "\0\1\0\0\0\6\u0011\3\0k\0\3" + "\0\2\0\0\0\3\u0011\u0083\2",
                "\0\1\0\0\u0011\3\0k\0\3",
                "\0\2\0\0\u0011\u0083\2"),
        GAME("\3\0\0\0\0\n\u00ff\0\0\0\0", "\0\n\u00ff", ""),
        TPKT("\3\0\0\7\2\u00f0\u0080\3\0\0\4", "\3\0\2\u00f0\u0080", "\3\0"),
        CARD("00040800" + "0000", "0800", ""),
        WARD("\u000bMSH|a\rPID|b\r\u001c\r\u000b\u001c\u001c\r", "MSH|a\rPID|b\r", "\u001c"),
        PLC("12345678\0\1\2\3\4\5\6\7", "12345678", "\0\1\2\3\4\5\6\7"),
        SYSLOG("11 <13>1 - a\nb1 x", "<13>1 - a\nb", "x");

        private final String frames;
        private final String first;
        private final String second;
        private final String sendable;

        Device(String frames, String first, String second) {
            this(frames, first, second, second);
        }

        /**
         * Creates a device with a different payload to send.
         *
         * @param sendable replaces the second payload if the framing cannot encode that one
         */
        Device(String frames, String first, String second, String sendable) {
            this.frames = frames;
            this.first = first;
            this.second = second;
            this.sendable = sendable;
        }

        String listener() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final RunningService service;
    private final ApplicationContext context;
    private final Api api;

    FramingIT(@Autowired RunningService service, @Autowired ApplicationContext context) {
        this.service = service;
        this.context = context;
        this.api = service.api();
    }

    @ParameterizedTest
    @EnumSource
    void readsTheFramesThatADeviceSends(Device device) throws Exception {
        try (Received received = Received.at(device.listener(), context);
                RawClient client = RawClient.connect(service.port(device.listener()))) {
            List<byte[]> expected = new ArrayList<>();
            byte[] frames = bytes(device.frames);
            for (int piece : new int[] {1, 2, 3, 7, frames.length}) {
                for (int from = 0; from < frames.length; from += piece) {
                    int to = Math.min(frames.length, from + piece);
                    client.send(Arrays.copyOfRange(frames, from, to));
                }
                expected.add(bytes(device.first));
                expected.add(bytes(device.second));
                assertThat(received.awaitFrom(client.port(), expected.size()))
                        .as("in pieces of %d", piece)
                        .containsExactlyElementsOf(expected);
            }
            String id = api.idOf(client);
            await().untilAsserted(
                            () -> {
                                assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
                                assertThat(api.peer(id).get("received").get("messages").asInt())
                                        .isEqualTo(expected.size());
                                assertThat(api.peer(id).get("received").get("bytes").asInt())
                                        .isEqualTo(5 * frames.length);
                                assertThat(api.peer(id).get("partialFrameBytes").asInt()).isZero();
                            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void framesWhatIsSentToADevice(Device device) throws Exception {
        try (RawClient client = RawClient.connect(service.port(device.listener()))) {
            String id = api.idOf(client);
            for (String payload : List.of(device.first, device.sendable)) {
                Api.Answer answer = send(id, payload);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            }
            String frames =
                    device == Device.TELNET ? device.frames.replace("t\nwo", "two") : device.frames;
            assertThat(client.read(frames.length())).isEqualTo(bytes(frames));
        }
    }

    /** Without SO_OOBINLINE, the kernel would take the byte out of the stream. */
    @Test
    void anUrgentByteIsDeliveredInItsPlace() throws Exception {
        try (RawClient peer = service.connect()) {
            String id = api.idOf(peer);
            peer.send("ab");
            peer.socket().sendUrgentData('c');
            peer.send("de\n");
            await().until(() -> api.peer(id).get("received").get("messages").asInt() == 1);
            assertThat(api.get("/peers/" + id + "/messages").body()).contains("\"text\":\"abcde\"");
        }
    }

    @Test
    void framingsOfTheTwoDirectionsMayDiffer() throws Exception {
        try (Received received = Received.at("mixed", context);
                RawClient client = RawClient.connect(service.port("mixed"))) {
            client.send(bytes("\u000bhello\u001c\r"));
            assertThat(received.awaitFrom(client.port(), 1)).containsExactly(bytes("hello"));
            api.post("/send?to=" + api.idOf(client), "hello");
            assertThat(client.read(6)).isEqualTo(bytes("\5hello"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "stx-etx:lrc,AB,\2AB\3\0",
                "mllp,AB,\u000bAB\u001c\r",
                "octet-counted,AB,2 AB",
                "length:4%2Clittle,AB,\2\0\0\0AB",
                "length:ascii3,AB,002AB",
                "delimiter:0x0d,AB,AB\r",
                "delimiter:%5Cx1e,AB,AB\u001e",
                "nul,AB,AB\0",
                "fixed:2,AB,AB",
                "raw:50ms,AB,AB",
            })
    void aSendMayChooseAnotherFraming(String framing, String payload, String frame)
            throws Exception {
        try (RawClient client = service.connect()) {
            Api.Answer answer =
                    api.post(
                            "/send?framing=" + framing + "&to=" + api.idOf(client), bytes(payload));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.read(frame.length())).isEqualTo(bytes(frame));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tracker, a;b, at byte 1 of the payload is the delimiter 0x3b",
        "plc, 1234567, the payload's length is 7, but a frame has 8 bytes",
        "syslog, '', the payload is empty",
        "modbus, abc, less than the 4 bytes of the header",
        "scanner, a\u0003b, byte 1 of the payload is ETX (0x03)"
    })
    void refusesPayloadsThatTheFramingCannotCarry(String listener, String payload, String objection)
            throws Exception {
        try (RawClient client = RawClient.connect(service.port(listener))) {
            String id = api.idOf(client);
            Api.Answer answer = send(id, payload);
            assertThat(answer.status()).as(answer.body()).isEqualTo(422);
            assertThat(answer.json().get("detail").asString()).contains(objection);
            assertThat(api.peer(id).get("sent").get("bytes").asInt()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tracker, a;b;, a;b;",
        "plc, 1234567812345678, 1234567812345678",
        "instrument, 'a;b', 'a;b\r'"
    })
    void splitsAtTheDelimiterOfTheFraming(String listener, String payload, String frames)
            throws Exception {
        try (RawClient client = RawClient.connect(service.port(listener))) {
            String id = api.idOf(client);
            Api.Answer answer = api.post("/send?split=true&to=" + id, payload);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.read(frames.length())).isEqualTo(bytes(frames));
        }
    }

    @Test
    void closesAPeerWithAnErrorLineAfterAnInvalidFrame() throws Exception {
        String meter = "switchboard_closed_bad_frame_connections_total{listener=\"syslog\"}";
        double before = api.metric(meter);
        try (Received received = Received.at("syslog", context);
                RawClient client = RawClient.connect(service.port("syslog"))) {
            String id = api.idOf(client);
            client.send("3 one<13>two\n");
            String detail =
                    "a frame begins with 0x3c, not with its length (first digit 1 to 9); a sender"
                            + " that ends messages with a line feed needs framing line";
            String line = "error bad_frame: " + detail;
            assertThat(client.readToEnd()).isEqualTo(line.length() + " " + line);
            assertThat(api.awaitClosed(id)).isEqualTo("bad_frame");
            assertThat(api.peer(id).get("closeDetail").asString()).isEqualTo(detail);
            assertThat(api.metric(meter)).isEqualTo(before + 1);
            assertThat(received.from(client.port())).containsExactly("one");
        }
    }

    @Test
    void closesAPeerAfterAWrongChecksum() throws Exception {
        try (RawClient client = RawClient.connect(service.port("scale"))) {
            String id = api.idOf(client);
            client.send(bytes("\2AB\3\7"));
            assertThat(client.readToEnd())
                    .startsWith("\2error bad_frame: a frame's LRC is 0x07, but")
                    .contains("0x00\3");
            assertThat(api.awaitClosed(id)).isEqualTo("bad_frame");
        }
    }

    /** The header of a 4 GB frame is enough. */
    @Test
    void closesAPeerAtATooLargeLengthField() throws Exception {
        try (RawClient client = RawClient.connect(service.port("game"))) {
            String id = api.idOf(client);
            client.send(bytes("\u00ff\u00ff\u00ff\u00ff"));
            String line = "error frame_too_large: a frame is longer than max-frame, 65536 bytes";
            assertThat(client.readToEnd()).isEqualTo((char) line.length() + "\0\0\0" + line);
            assertThat(api.awaitClosed(id)).isEqualTo("frame_too_large");
        }
    }

    /** A fixed frame of eight bytes cannot carry the error line, so it is sent unframed. */
    @Test
    void sendsAnErrorLineUnframedIfTheFramingCannotCarryIt() throws Exception {
        try (RawClient client = RawClient.connect(service.port("press"))) {
            String id = api.idOf(client);
            client.send("1234");
            assertThat(client.readToEnd())
                    .isEqualTo("error frame_deadline: a frame was not finished within 500ms");
            assertThat(api.awaitClosed(id)).isEqualTo("frame_deadline");
        }
    }

    @Test
    void closesAPeerAtTheFirstDigitThatMakesTheCountTooLarge() throws Exception {
        try (RawClient client = RawClient.connect(service.port("syslog"))) {
            String id = api.idOf(client);
            String digits = "100";
            for (int at = 0; at < digits.length(); at++) {
                client.send(digits.substring(at, at + 1));
                int held = at + 1;
                await().pollInterval(Duration.ofMillis(5))
                        .until(() -> api.peer(id).get("partialFrameBytes").asInt() == held);
            }
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
            client.send("0");
            assertThat(client.readToEnd()).contains("error frame_too_large: ");
            assertThat(api.awaitClosed(id)).isEqualTo("frame_too_large");
        }
    }

    /** Sends as JSON, because the payload may be empty. */
    private Api.Answer send(String id, String payload) {
        String hex = HexFormat.of().formatHex(bytes(payload));
        return api.postJson("/send", "{\"to\":\"%s\",\"hex\":\"%s\"}".formatted(id, hex));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
