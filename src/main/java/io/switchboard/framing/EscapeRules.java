package io.switchboard.framing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * The sequences that stand for other bytes inside a frame, as in {@code escape=0x7d01>7d}. An
 * unknown sequence stands for itself.
 */
final class EscapeRules {
    static final EscapeRules NONE = new EscapeRules(List.of());

    private static final int MAX_LENGTH = 8;
    private static final int MAX_RULES = 32;

    /** One sequence. */
    private static final class Rule {
        /** The bytes in the frame; if {@link #xor} is set, only those before the last. */
        private final byte[] sequence;

        /** What the sequence stands for; empty if {@link #xor} is set. */
        private final byte[] bytes;

        /** What the byte after the sequence is combined with; negative if nothing. */
        private final int xor;

        Rule(byte[] sequence, byte[] bytes, int xor) {
            this.sequence = sequence;
            this.bytes = bytes;
            this.xor = xor;
        }

        int length() {
            return sequence.length + (xor < 0 ? 0 : 1);
        }
    }

    private final List<Rule> rules;

    /** Whether a byte can be the first of a sequence. */
    private final boolean[] first = new boolean[256];

    private EscapeRules(List<Rule> rules) {
        this.rules = rules;
        rules.forEach(rule -> first[rule.sequence[0] & 0xff] = true);
    }

    static EscapeRules parse(List<String> texts) {
        if (texts.isEmpty()) {
            return NONE;
        }
        if (texts.size() > MAX_RULES) {
            throw new IllegalArgumentException(
                    "escape is given " + texts.size() + " times: it takes 1 to " + MAX_RULES);
        }
        List<Rule> rules = new ArrayList<>();
        texts.forEach(text -> rules.add(rule(text)));
        rules.sort(Comparator.comparingInt(rule -> -rule.length()));
        return new EscapeRules(List.copyOf(rules));
    }

    private static Rule rule(String text) {
        int sign = Math.max(text.indexOf('>'), text.indexOf('^'));
        if (!text.startsWith("0x") || sign < 0) {
            throw malformed(text);
        }
        byte[] sequence = hex(text, text.substring(2, sign));
        byte[] bytes = hex(text, text.substring(sign + 1));
        if (text.charAt(sign) == '>') {
            return new Rule(sequence, bytes, -1);
        }
        if (bytes.length != 1) {
            throw malformed(text);
        }
        return new Rule(sequence, new byte[0], bytes[0] & 0xff);
    }

    private static byte[] hex(String text, String digits) {
        try {
            byte[] bytes = HexFormat.of().parseHex(digits);
            if (bytes.length > 0 && bytes.length <= MAX_LENGTH) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw (IllegalArgumentException) malformed(text).initCause(e);
        }
        throw malformed(text);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException(
                ("'%s' is not an escape: it takes 1 to %d bytes in hex on both sides, as in"
                                + " escape=0x7d01>7d, or one byte that is combined with the next by"
                                + " XOR, as in escape=0x7d^20")
                        .formatted(text, MAX_LENGTH));
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /**
     * Returns the length of the sequence at {@code at}; 0 if there is none, -1 if more bytes are
     * needed to know.
     */
    int sequenceAt(byte[] bytes, int at, int to) {
        if (at < to && !first[bytes[at] & 0xff]) {
            return 0;
        }
        for (Rule rule : rules) {
            int same = 0;
            int compared = Math.min(rule.sequence.length, to - at);
            while (same < compared && bytes[at + same] == rule.sequence[same]) {
                same++;
            }
            if (same == compared) {
                return rule.length() <= to - at ? rule.length() : -1;
            }
        }
        return 0;
    }

    /** Returns the offset of the first byte that can begin a sequence; {@code to} if none. */
    int nextSequence(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && !first[bytes[at] & 0xff]) {
            at++;
        }
        return at;
    }

    /** Returns how many bytes the sequence at {@code at} stands for; 1 if there is none. */
    int meaningAt(byte[] bytes, int at, int length) {
        if (length == 0) {
            return 1;
        }
        Rule rule = rule(bytes, at, length);
        return rule.xor < 0 ? rule.bytes.length : 1;
    }

    private Rule rule(byte[] bytes, int at, int length) {
        for (Rule rule : rules) {
            if (rule.length() == length && startsWith(bytes, at, at + length, rule.sequence)) {
                return rule;
            }
        }
        throw new IllegalStateException("no escape at " + at);
    }

    static boolean startsWith(byte[] bytes, int at, int to, byte[] prefix) {
        boolean starts = prefix.length <= to - at;
        for (int i = 0; starts && i < prefix.length; i++) {
            starts = bytes[at + i] == prefix[i];
        }
        return starts;
    }

    /**
     * Appends what {@code bytes[from, to)} stand for.
     *
     * @param limit the end of the bytes that may be read to tell where a sequence ends
     */
    void unescape(byte[] bytes, int from, int to, int limit, ByteArrayOutputStream target) {
        int at = from;
        while (at < to) {
            int plain = nextSequence(bytes, at, to);
            target.write(bytes, at, plain - at);
            at = plain;
            if (at == to) {
                return;
            }
            int length = sequenceAt(bytes, at, limit);
            if (length <= 0) {
                target.write(bytes[at++]);
                continue;
            }
            Rule rule = rule(bytes, at, length);
            if (rule.xor < 0) {
                target.writeBytes(rule.bytes);
            } else {
                target.write(bytes[at + length - 1] ^ rule.xor);
            }
            at += length;
        }
    }

    /**
     * Appends the bytes with escapes.
     *
     * @param marks bytes with which marks begin; a rule with XOR escapes them and its own first
     */
    void escape(byte[] bytes, int from, int to, byte[] marks, ByteArrayOutputStream target) {
        int at = from;
        while (at < to) {
            Rule best = null;
            for (Rule rule : rules) {
                boolean applies =
                        rule.xor < 0
                                ? startsWith(bytes, at, to, rule.bytes)
                                : bytes[at] == rule.sequence[0] || contains(marks, bytes[at]);
                if (applies && (best == null || best.bytes.length < rule.bytes.length)) {
                    best = rule;
                }
            }
            if (best == null) {
                target.write(bytes[at++]);
                continue;
            }
            target.writeBytes(best.sequence);
            if (best.xor >= 0) {
                target.write(bytes[at] ^ best.xor);
            }
            at += Math.max(1, best.bytes.length);
        }
    }

    private static boolean contains(byte[] bytes, byte value) {
        boolean found = false;
        for (byte each : bytes) {
            found |= each == value;
        }
        return found;
    }

    /** Returns the most bytes in a frame that stand for one byte of a payload. */
    int expansion() {
        int most = 1;
        for (Rule rule : rules) {
            int bytes = Math.max(1, rule.bytes.length);
            most = Math.max(most, (rule.length() + bytes - 1) / bytes);
        }
        return most;
    }
}
