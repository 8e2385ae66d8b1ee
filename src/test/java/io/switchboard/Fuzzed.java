package io.switchboard;

import io.switchboard.transport.stream.FramingFuzz;
import io.switchboard.transport.stream.ProxyFuzz;
import io.switchboard.web.JsonFuzz;
import java.nio.file.Path;
import java.util.Locale;

/** Everything that takes bytes from outside, each with the seeds that show it what is valid. */
enum Fuzzed {
    LINES,
    DELIMITED,
    STX_ETX,
    MLLP,
    LENGTH,
    OCTET_COUNTED,
    UNMARKED,
    PROXY,
    SEND,
    DIAL,
    PATCH,
    CLOSE;

    /** A new one, which has reached nothing yet. */
    FuzzTarget target() {
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
            case PROXY -> new ProxyFuzz();
            case SEND -> JsonFuzz.send();
            case DIAL -> JsonFuzz.dial();
            case PATCH -> JsonFuzz.patch();
            case CLOSE -> JsonFuzz.close();
        };
    }

    /** As its folder is called. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Where the seeds are, and the inputs that once broke it. */
    Path seeds() {
        return Path.of("src/test/resources/fuzz", word());
    }
}
