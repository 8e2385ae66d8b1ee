package io.switchboard.fuzz;

import io.switchboard.http.JsonFuzz;
import io.switchboard.transport.config.ListenerFuzz;
import io.switchboard.transport.proxyprotocol.ProxyFuzz;
import io.switchboard.transport.stream.FramingFuzz;
import io.switchboard.transport.stream.GrammarFuzz;
import java.nio.file.Path;
import java.util.Locale;

/** The fuzz targets: all parsers of bytes from outside, each with a folder of seed inputs. */
public enum Fuzzed {
    LINES,
    DELIMITED,
    STX_ETX,
    MLLP,
    LENGTH,
    OCTET_COUNTED,
    UNMARKED,
    MARKS,
    ESCAPES,
    NUMBERS,
    CHOICES,
    GRAMMAR,
    PROXY,
    SEND,
    DIAL,
    PATCH,
    CLOSE,
    LISTENER;

    /** Creates a new target, whose counts are zero. */
    public FuzzTarget target() {
        return switch (this) {
            case LINES -> new FramingFuzz("line", "lf", "crlf");
            case DELIMITED ->
                    new FramingFuzz(
                            "nul",
                            "delimiter:;",
                            "delimiter:\\r",
                            "delimiter:aa",
                            "delimiter:aab",
                            "delimiter:0x0102010301020104");
            case STX_ETX -> new FramingFuzz("stx-etx", "stx-etx:lrc");
            case MLLP -> new FramingFuzz("mllp");
            case LENGTH ->
                    new FramingFuzz(
                            "length:1",
                            "length:1,inclusive",
                            "length:2",
                            "length:2,little",
                            "length:2,inclusive,offset=3",
                            "length:2,offset=4",
                            "length:4",
                            "length:4,little,inclusive",
                            "length:ascii1",
                            "length:ascii3,inclusive,offset=2",
                            "length:ascii9");
            case OCTET_COUNTED -> new FramingFuzz("octet-counted");
            case UNMARKED -> new FramingFuzz("raw", "raw:50ms", "fixed:1", "fixed:8");
            case MARKS ->
                    FramingFuzz.composed(
                            "delimiter:#|\\r\\n",
                            "delimiter:ab|a|b,keep",
                            "delimiter:#,adjust=2,start=$",
                            "line,start=$,keep",
                            "json",
                            "mllp:lenient",
                            "stx-etx,keep");
            case ESCAPES ->
                    FramingFuzz.composed(
                            "delimiter:0x7e,start=0x7e,escape=0x7d01>7d,escape=0x7d02>7e",
                            "delimiter:#,start=$,escape=0x5e^40,keep",
                            "delimiter:#,adjust=2,start=$,escape=0x5e^40",
                            "length:1,offset=1,start=$,escape=0x5e^40",
                            "length:1,escape=0x0100>01,escape=0x0101>00,keep");
            case NUMBERS ->
                    FramingFuzz.composed(
                            "length:3",
                            "length:2,little,mask=0x0fff,unit=2,adjust=1,keep",
                            "length:bcd1,adjust=-1",
                            "length:hex2,inclusive",
                            "length:varint",
                            "length:ascii,keep");
            case CHOICES ->
                    FramingFuzz.composed(
                            "fixed:1,start=0xff or length:1,start=0x00 or line",
                            "fixed:2,start=$#,keep or delimiter:#|\\r\\n,start=$ or length:1,start=0x0?",
                            "length:1,start=0x00 or json or delimiter:0x7e,start=0x7e",
                            "stx-etx or mllp:lenient,keep or fixed:1,start=0x05");
            case GRAMMAR -> new GrammarFuzz();
            case PROXY -> new ProxyFuzz();
            case SEND -> JsonFuzz.send();
            case DIAL -> JsonFuzz.dial();
            case PATCH -> JsonFuzz.patch();
            case CLOSE -> JsonFuzz.close();
            case LISTENER -> new ListenerFuzz();
        };
    }

    /** Returns true if the target is a framing or the grammar of framings. */
    boolean isFraming() {
        FuzzTarget target = target();
        return target instanceof FramingFuzz || target instanceof GrammarFuzz;
    }

    /** Returns the name of the target's folder. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the folder of the seeds and of the inputs that once violated an invariant. */
    public Path seeds() {
        return Path.of("src/test/resources/fuzz", word());
    }
}
