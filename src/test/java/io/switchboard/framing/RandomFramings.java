package io.switchboard.framing;

import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random framings of the grammar, of marks and lengths that random streams contain. */
final class RandomFramings {
    /** Marks, escapes, digits and small lengths. */
    static final List<Byte> SIGNIFICANT =
            List.of(
                    (byte) 0x7e,
                    (byte) 0x7d,
                    (byte) '$',
                    (byte) '#',
                    (byte) 0,
                    (byte) 1,
                    (byte) 2,
                    (byte) 3,
                    (byte) 5,
                    (byte) 0x0b,
                    (byte) 0x0d,
                    (byte) 0x0a,
                    (byte) 0x1c,
                    (byte) '0',
                    (byte) '1',
                    (byte) '3',
                    (byte) ' ',
                    (byte) '{',
                    (byte) '}',
                    (byte) '"',
                    (byte) 0x81,
                    (byte) 'x');

    /** What starts, delimiters and escapes consist of. */
    static final List<Byte> MARKS = SIGNIFICANT.subList(0, 6);

    private RandomFramings() {}

    /** Returns framings of one to three alternatives, of which all but the last have a start. */
    static Arbitrary<Framing> any() {
        Arbitrary<String> one = Arbitraries.oneOf(delimiters(), lengths(), words(), fixed());
        return one.list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(alternatives -> String.join(" or ", alternatives))
                .filter(RandomFramings::isValid)
                .map(Framing::of);
    }

    private static boolean isValid(String word) {
        try {
            return !word.isEmpty() && Framing.of(word) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Arbitrary<String> mark(int maxLength) {
        return Arbitraries.of(MARKS)
                .list()
                .ofMinSize(1)
                .ofMaxSize(maxLength)
                .map(RandomFramings::hex);
    }

    private static String hex(List<Byte> values) {
        StringBuilder hex = new StringBuilder("0x");
        values.forEach(value -> hex.append(HexFormat.of().toHexDigits(value)));
        return hex.toString();
    }

    private static Arbitrary<String> start() {
        return optional(
                Arbitraries.oneOf(mark(3), mark(1), mark(1).map(mark -> mark + "??"))
                        .map(mark -> ",start=" + mark));
    }

    private static Arbitrary<String> optional(Arbitrary<String> option) {
        return Arbitraries.oneOf(Arbitraries.just(""), option);
    }

    private static Arbitrary<String> number(String option, int min, int max) {
        return optional(Arbitraries.integers().between(min, max).map(number -> option + number));
    }

    private static Arbitrary<String> escapes() {
        Arbitrary<String> one =
                Combinators.combine(mark(2), mark(2), Arbitraries.of(true, false))
                        .as(
                                (sequence, bytes, xor) ->
                                        ",escape=%s%s"
                                                .formatted(
                                                        sequence,
                                                        xor ? "^20" : ">" + bytes.substring(2)));
        return Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just("")),
                Tuple.of(
                        1,
                        Arbitraries.of(
                                ",escape=0x7d5e>7e,escape=0x7d5d>7d",
                                ",escape=0x7d01>7d,escape=0x7d02>7e",
                                ",escape=0x7d^20")),
                Tuple.of(1, one.list().ofMinSize(1).ofMaxSize(3).map(all -> String.join("", all))));
    }

    private static Arbitrary<String> flag(String option) {
        return Arbitraries.of("", option);
    }

    private static Arbitrary<String> delimiters() {
        return Combinators.combine(
                        mark(3).list().ofMinSize(1).ofMaxSize(3),
                        Arbitraries.of(true, false),
                        start(),
                        number(",adjust=", 0, 3),
                        escapes(),
                        flag(",keep"))
                .as(
                        (delimiters, same, start, adjust, escapes, keep) ->
                                "delimiter:"
                                        + String.join("|", delimiters)
                                        + (same ? ",start=" + delimiters.getFirst() : start)
                                        + adjust
                                        + escapes
                                        + keep);
    }

    private static Arbitrary<String> lengths() {
        Arbitrary<String> field =
                Arbitraries.of(
                        "1",
                        "2",
                        "3",
                        "4",
                        "2,little",
                        "3,little",
                        "ascii1",
                        "ascii3",
                        "hex1",
                        "hex2",
                        "bcd1",
                        "bcd2",
                        "ascii",
                        "varint",
                        "1,mask=0x07",
                        "2,mask=0x0f0f");
        Arbitrary<String> counting =
                Combinators.combine(
                                number(",offset=", 0, 4),
                                number(",adjust=", -3, 3),
                                number(",unit=", 1, 3),
                                flag(",inclusive"))
                        .as(
                                (offset, adjust, unit, inclusive) ->
                                        offset + adjust + unit + inclusive);
        return Combinators.combine(field, counting, start(), escapes(), flag(",keep"))
                .as(
                        (width, options, start, escapes, keep) ->
                                "length:" + width + options + start + escapes + keep);
    }

    private static Arbitrary<String> words() {
        Arbitrary<String> word =
                Arbitraries.of(
                        "line",
                        "lf",
                        "crlf",
                        "nul",
                        "stx-etx",
                        "stx-etx:lrc",
                        "mllp",
                        "mllp:lenient",
                        "octet-counted",
                        "json");
        return Combinators.combine(word, start(), flag(",keep"))
                .as((name, start, keep) -> name + start + keep);
    }

    private static Arbitrary<String> fixed() {
        return Combinators.combine(Arbitraries.integers().between(1, 8), start(), flag(",keep"))
                .as((length, start, keep) -> "fixed:" + length + start + keep);
    }
}
