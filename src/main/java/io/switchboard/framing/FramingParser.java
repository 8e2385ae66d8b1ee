package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Parses framings that are not a single word:
 *
 * <pre>
 *   framing      = alternative *( " or " alternative )
 *   alternative  = word [ ":" value ] *( "," option )
 * </pre>
 */
final class FramingParser {
    private static final String KNOWN =
            "line, lf, crlf, delimiter:BYTES, nul, stx-etx, stx-etx:lrc,"
                    + " length:1|2|3|4|asciiN|hexN|bcdN|ascii|varint, mllp, mllp:lenient, fixed:N,"
                    + " octet-counted, json, raw and raw:GAP";

    /** Longer than any framing within the other limits is, if nothing in it is repeated. */
    private static final int MAX_LENGTH = 16 * 1024;

    private static final int MAX_ALTERNATIVES = 16;
    private static final int MAX_DELIMITERS = 8;
    private static final int MAX_CHECK_BYTES = 255;
    private static final int SHOWN = 64;
    private static final String OR = " or ";

    private static final byte STX = 0x02;
    private static final byte VT = 0x0b;

    private static final List<String> EVERY = List.of("start=0x68", "keep", "outside=deliver");
    private static final List<String> DELIMITER =
            concat(List.of("adjust=N", "escape=0x7d01>7d"), EVERY);
    private static final List<String> LENGTH =
            concat(
                    List.of(
                            "big",
                            "little",
                            "inclusive",
                            "offset=N",
                            "adjust=N",
                            "mask=0x7fff",
                            "unit=N",
                            "escape=0x7d01>7d"),
                    EVERY);

    /**
     * One alternative.
     *
     * @param plain the same framing where it stands alone; null if it needs {@code alternative}
     */
    private record Parsed(
            @Nullable Framing plain, Alternative alternative, boolean deliversOutside) {}

    private FramingParser() {}

    private static List<String> concat(List<String> some, List<String> others) {
        List<String> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    static Framing parse(String word) {
        if (word.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "framing '%s...' has %d characters: it takes %d at most"
                            .formatted(word.substring(0, SHOWN), word.length(), MAX_LENGTH));
        }
        String[] texts = word.split(OR, -1);
        if (texts.length > MAX_ALTERNATIVES) {
            throw new IllegalArgumentException(
                    "framing '%s': it has %d alternatives: it takes 1 to %d"
                            .formatted(word, texts.length, MAX_ALTERNATIVES));
        }
        List<Parsed> all = new ArrayList<>();
        for (String text : texts) {
            try {
                all.add(alternative(text));
            } catch (UnknownWordException e) {
                throw e;
            } catch (IllegalArgumentException e) {
                String which = texts.length == 1 ? "" : "'" + text + "': ";
                throw new IllegalArgumentException(
                        "framing '" + word + "': " + which + e.getMessage(), e);
            }
        }
        Framing plain = all.getFirst().plain();
        if (all.size() == 1 && plain != null) {
            return plain;
        }
        boolean deliversOutside = all.stream().anyMatch(Parsed::deliversOutside);
        String error = error(texts, all, deliversOutside);
        if (error != null) {
            throw new IllegalArgumentException("framing '" + word + "': " + error);
        }
        return new AlternativesFraming(
                word, all.stream().map(Parsed::alternative).toList(), deliversOutside);
    }

    private static @Nullable String error(
            String[] texts, List<Parsed> all, boolean deliversOutside) {
        for (int at = 0; at < all.size(); at++) {
            if (all.get(at).plain() instanceof RawFraming) {
                return "raw has no frames, so it cannot be an alternative: outside=deliver makes"
                        + " messages of the bytes between frames";
            }
            boolean takesAll = all.get(at).alternative().start().length() == 0;
            if (takesAll && at < all.size() - 1) {
                return "'%s' takes every message, so that '%s' after it takes none: give it a start, or put it last"
                        .formatted(texts[at], texts[at + 1]);
            }
            if (takesAll && deliversOutside) {
                return "'%s' takes every byte, so that nothing is outside: outside=deliver needs a start, as in start=0x02"
                        .formatted(texts[at]);
            }
        }
        return null;
    }

    /** The message is complete: it needs no prefix. */
    private static final class UnknownWordException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnknownWordException(String word) {
            super("unknown framing '" + word + "': known are " + KNOWN);
        }
    }

    private static Parsed alternative(String text) {
        String head = head(text);
        List<String> options =
                head.length() == text.length()
                        ? List.of()
                        : Arrays.asList(text.substring(head.length() + 1).split(",", -1));
        int colon = head.indexOf(':');
        String name = colon < 0 ? head : head.substring(0, colon);
        String value = colon < 0 ? "" : head.substring(colon + 1);
        return switch (name) {
            case "delimiter" -> delimited(value, new FramingOptions(options, DELIMITER));
            case "length" -> length(value, new FramingOptions(options, LENGTH));
            case "fixed" -> {
                FramingOptions checked = new FramingOptions(options, EVERY);
                FixedFraming fixed = FixedFraming.parse(value);
                StartPattern start = start(checked);
                if (start.length() > fixed.length()) {
                    throw new IllegalArgumentException(
                            "start %s has %d bytes, more than a frame of %s"
                                    .formatted(start, start.length(), fixed.word()));
                }
                yield parsed(fixed, start, checked);
            }
            case "raw" -> {
                if (!options.isEmpty()) {
                    throw new IllegalArgumentException(
                            "raw has no frames and takes no options: leave out '%s'"
                                    .formatted(String.join(",", options)));
                }
                Framing raw = colon < 0 ? RawFraming.RAW : RawFraming.parse(value);
                yield new Parsed(raw, new Alternative(StartPattern.NONE, raw, false), false);
            }
            default -> word(head, text, options);
        };
    }

    /** Returns the text up to the first comma that is not the value of {@code delimiter:,}. */
    private static String head(String text) {
        String comma = "delimiter:,";
        int from = text.equals(comma) || text.startsWith(comma + ",") ? comma.length() : 0;
        int end = text.indexOf(',', from);
        return end < 0 ? text : text.substring(0, end);
    }

    private static Parsed word(String head, String text, List<String> options) {
        FramingOptions checked = new FramingOptions(options, EVERY);
        return switch (head) {
            case "line" -> parsed(LineFraming.LINE, start(checked), checked);
            case "lf" -> parsed(LineFraming.LF, start(checked), checked);
            case "crlf" -> parsed(LineFraming.CRLF, start(checked), checked);
            case "nul" -> delimited("\\0", new FramingOptions(options, DELIMITER));
            case "stx-etx" -> parsed(StxEtxFraming.PLAIN, startWith(STX, checked), checked);
            case "stx-etx:lrc" -> parsed(StxEtxFraming.LRC, startWith(STX, checked), checked);
            case "mllp" -> parsed(MllpFraming.MLLP, startWith(VT, checked), checked);
            case "mllp:lenient" -> parsed(MllpFraming.LENIENT, startWith(VT, checked), checked);
            case "octet-counted" ->
                    parsed(OctetCountedFraming.OCTET_COUNTED, start(checked), checked);
            case "json" -> {
                StartPattern start = startWith((byte) '{', checked);
                yield alternative(null, start, JsonFraming.JSON, false, checked);
            }
            default -> throw new UnknownWordException(text);
        };
    }

    private static Parsed delimited(String value, FramingOptions options) {
        List<byte[]> delimiters = new ArrayList<>();
        for (String text : value.equals("|") ? new String[] {value} : value.split("\\|", -1)) {
            delimiters.add(DelimitedFraming.delimiter(text, value).getBytes(ISO_8859_1));
        }
        if (delimiters.size() > MAX_DELIMITERS) {
            throw new IllegalArgumentException(
                    "it has %d delimiters: it takes 1 to %d"
                            .formatted(delimiters.size(), MAX_DELIMITERS));
        }
        int adjust = options.number("adjust", 0, MAX_CHECK_BYTES).orElse(0);
        EscapeRules escapes = EscapeRules.parse(options.texts("escape"));
        StartPattern start = start(options);
        Framing kind =
                new DelimitersFraming(delimiters, adjust, start, escapes, options.flag("keep"));
        Framing plain =
                delimiters.size() == 1 && options.isEmpty()
                        ? new DelimitedFraming(new String(delimiters.getFirst(), ISO_8859_1))
                        : null;
        return alternative(plain, start, kind, false, options);
    }

    private static Parsed length(String width, FramingOptions options) {
        LengthFraming kind = LengthFraming.parse(width, options);
        EscapeRules escapes = EscapeRules.parse(options.texts("escape"));
        StartPattern start = start(options);
        boolean keep = options.flag("keep");
        if (!escapes.isEmpty()) {
            Framing escaped = new EscapedFraming(kind, start, escapes, keep);
            return alternative(null, start, escaped, false, options);
        }
        boolean plain = kind.isPlain() && !keep && start.length() == 0;
        return alternative(plain ? kind : null, start, kind, keep, options);
    }

    /** Returns an alternative whose kind needs no wrapper if there are no options. */
    private static Parsed parsed(Framing kind, StartPattern start, FramingOptions options) {
        Framing plain = options.isEmpty() ? kind : null;
        return alternative(plain, start, kind, options.flag("keep"), options);
    }

    private static Parsed alternative(
            @Nullable Framing plain,
            StartPattern start,
            Framing kind,
            boolean keep,
            FramingOptions options) {
        Optional<String> outside = options.text("outside");
        if (outside.isPresent() && !outside.get().equals("deliver")) {
            throw new IllegalArgumentException(
                    "outside=%s is unknown: it takes outside=deliver".formatted(outside.get()));
        }
        boolean delivers = outside.isPresent();
        return new Parsed(delivers ? null : plain, new Alternative(start, kind, keep), delivers);
    }

    private static StartPattern start(FramingOptions options) {
        return options.text("start").map(StartPattern::parse).orElse(StartPattern.NONE);
    }

    /** Returns the start of a framing whose frames begin with this byte. */
    private static StartPattern startWith(byte mark, FramingOptions options) {
        StartPattern start = start(options);
        if (start.length() == 0) {
            return StartPattern.of(mark);
        }
        if (!start.canBegin(mark)) {
            throw new IllegalArgumentException(
                    "start %s is not the beginning of a frame, which is 0x%s"
                            .formatted(start, HexFormat.of().toHexDigits(mark)));
        }
        return start.withFirst(mark);
    }

    /** Parses a number; {@code name} is its name in the error message. */
    static int number(String name, String text, int min, int max) {
        String range = name + " takes " + min + " to " + max;
        boolean signed = min < 0 && (text.startsWith("-") || text.startsWith("+"));
        String digits = signed ? text.substring(1) : text;
        boolean valid = digits.chars().allMatch(character -> character >= '0' && character <= '9');
        if (digits.isEmpty() || digits.length() > 9 || !valid) {
            throw new IllegalArgumentException("'" + text + "' is not a number: " + range);
        }
        int number = Integer.parseInt(text);
        if (number < min || number > max) {
            throw new IllegalArgumentException(text + " is out of range: " + range);
        }
        return number;
    }
}
