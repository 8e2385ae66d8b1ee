package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.framing.FrameScan;
import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.transport.config.InputStart.Telnet;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes what a peer sends from the beginning of it, if the listener is configured for
 * something else. The texts are for people, and say what to configure.
 */
final class InputHint {
    /** The bytes that are looked at, so that the time has a limit. */
    static final int MAX_LENGTH = 1_024;

    private static final int MAX_MARK = 16;

    private static final byte[] PROXY_1 = "PROXY ".getBytes(US_ASCII);

    private static final byte[] PROXY_2 = {
        '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
    };

    /** Framings that are tried for any bytes; those before which others would fit come first. */
    private static final List<Framing> FOR_ANY =
            List.of(
                    Framing.of("mllp"),
                    Framing.of("stx-etx:lrc"),
                    Framing.of("stx-etx"),
                    Framing.of("octet-counted"),
                    Framing.of("length:1,offset=2,adjust=2,start=0x7878,keep"),
                    Framing.of("delimiter:0x7e,start=0x7e,escape=0x7d01>7d,escape=0x7d02>7e"),
                    Framing.of("delimiter:0xc0,escape=0xdbdc>c0,escape=0xdbdd>db"),
                    Framing.of("json"),
                    Framing.of("length:2,offset=4"),
                    Framing.of("length:2,inclusive,offset=2"),
                    Framing.of("length:4"),
                    Framing.of("length:4,little"),
                    Framing.of("length:4,inclusive"),
                    Framing.of("length:2"),
                    Framing.of("length:2,little"),
                    Framing.of("length:2,inclusive"),
                    Framing.of("length:bcd2"),
                    Framing.of("length:ascii4"));

    /** Framings that are tried after those, and only for text. */
    private static final List<Framing> FOR_TEXT =
            List.of(
                    LineFraming.LINE,
                    Framing.of("nul"),
                    Framing.of("delimiter:\\r"),
                    Framing.of("delimiter:#"),
                    Framing.of("delimiter:;"));

    private InputHint() {}

    /**
     * Returns what a peer sends that begins a frame with these bytes, whatever came before.
     *
     * @param length the number of bytes
     */
    static Optional<String> protocol(
            byte[] bytes, int length, Framing framing, Telnet telnet, String listener) {
        boolean text = framing instanceof LineFraming;
        int first = bytes[0] & 0xff;
        String hint =
                switch (first) {
                    case 0x16 ->
                            isTls(bytes, length)
                                    ? "the peer speaks TLS: set tls.bundle of listener '%s', or connect without TLS"
                                    : null;
                    case 0x10 ->
                            isMqtt(bytes, length)
                                    ? "the peer speaks MQTT, which needs a broker: point it at one, or set framing of listener '%s' to length:varint,offset=1"
                                    : null;
                    case 'P', '\r' ->
                            starts(bytes, length, PROXY_1) || starts(bytes, length, PROXY_2)
                                    ? "the peer sends a PROXY header: set proxy-protocol of listener '%s' to true, and trusted-proxies to the peer's address"
                                    : http(bytes, length);
                    case 'G', 'H', 'D', 'O', 'C' -> http(bytes, length);
                    case TelnetInput.IAC, 0xfe -> mark(bytes, length, text, telnet);
                    default -> null;
                };
        boolean fits = hint != null && !text && fits(framing, bytes, length);
        return fits || hint == null ? Optional.empty() : Optional.of(hint.formatted(listener));
    }

    private static boolean isTls(byte[] bytes, int length) {
        return length >= 6 && bytes[1] == 3 && bytes[2] <= 4 && bytes[5] == 1;
    }

    private static boolean isMqtt(byte[] bytes, int length) {
        String head = new String(bytes, 0, Math.min(length, MAX_MARK), US_ASCII);
        int name = Math.max(head.indexOf("MQTT"), head.indexOf("MQIsdp"));
        return name >= 4 && name <= 7;
    }

    private static @Nullable String http(byte[] bytes, int length) {
        return HttpRequests.isRequest(bytes, length)
                ? "the peer speaks HTTP: listener '%s' takes its lines for messages; set refuse-http to true to answer it where the API is"
                : null;
    }

    private static @Nullable String mark(byte[] bytes, int length, boolean text, Telnet telnet) {
        if (length < 2) {
            return null;
        }
        if (telnet == Telnet.OFF && TelnetInput.isCommand(bytes[0], bytes[1])) {
            return "the peer is a telnet client: set telnet of listener '%s' to auto";
        }
        int mark = ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
        return text && (mark == 0xfffe || mark == 0xfeff) ? utf16(mark == 0xfffe) : null;
    }

    private static String utf16(boolean little) {
        return little
                ? "the peer sends UTF-16: let it send UTF-8, or set charset of listener '%s' to UTF-16LE and framing to delimiter:0x0a00"
                : "the peer sends UTF-16: let it send UTF-8, or set charset of listener '%s' to UTF-16BE and framing to delimiter:0x000a";
    }

    /**
     * Returns which framing the first bytes of a connection have, if it is another one than the
     * listener's.
     *
     * @param found whether the listener's framing has found frames in them
     */
    static Optional<String> framing(
            byte[] bytes, int length, boolean found, Framing framing, String listener) {
        boolean text = framing instanceof LineFraming;
        if (found && !(text && isBinary(bytes, length))) {
            return Optional.empty();
        }
        if (text && length >= 4 && isUtf16(bytes)) {
            return Optional.of(utf16(bytes[0] != 0).formatted(listener));
        }
        Optional<Framing> other = fitting(FOR_ANY, bytes, length, framing);
        if (other.isEmpty() && !isBinary(bytes, length - 1)) {
            other = fitting(FOR_TEXT, bytes, length, framing);
        }
        if (other.isPresent()) {
            return Optional.of(
                    "the bytes are frames of framing '%s', and that of listener '%s' is '%s'"
                            .formatted(other.get().word(), listener, framing.word()));
        }
        return text && bytes[0] == 0
                ? Optional.of(
                        "the first byte is zero, which is no text: if messages end with zero bytes, set framing of listener '%s' to nul, and if each begins with one, to line,start=0x00"
                                .formatted(listener))
                : Optional.empty();
    }

    private static Optional<Framing> fitting(
            List<Framing> candidates, byte[] bytes, int length, Framing framing) {
        return candidates.stream()
                .filter(each -> each != framing && fits(each, bytes, length))
                .findFirst();
    }

    private static boolean isBinary(byte[] bytes, int length) {
        for (int at = 0; at < Math.min(length, MAX_MARK * 2); at++) {
            int value = bytes[at] & 0xff;
            if (value < ' ' && value != '\t' && value != '\r' && value != '\n' && value != 0x1b) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUtf16(byte[] bytes) {
        boolean little = bytes[1] == 0 && bytes[3] == 0 && bytes[0] >= ' ' && bytes[2] >= ' ';
        boolean big = bytes[0] == 0 && bytes[2] == 0 && bytes[1] >= ' ' && bytes[3] >= ' ';
        return little || big;
    }

    /** Returns whether the bytes are whole frames of this framing, without noise between them. */
    private static boolean fits(Framing framing, byte[] bytes, int length) {
        FrameScan scan = new FrameScan(MAX_LENGTH);
        int from = 0;
        while (from < length && framing.scan(scan, bytes, from, length, from)) {
            if (scan.noise() > 0 || (!scan.isSkipped() && scan.length() == 0)) {
                return false;
            }
            from = scan.next();
        }
        return from == length && scan.noise() == 0 && scan.fault() == null;
    }

    private static boolean starts(byte[] bytes, int length, byte[] start) {
        return length >= start.length
                && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }
}
