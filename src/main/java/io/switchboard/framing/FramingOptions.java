package io.switchboard.framing;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The options of one framing, which follow its word after commas. */
final class FramingOptions {
    /** Options that may be given several times. */
    private static final String REPEATABLE = "escape";

    private static final List<String> FLAGS = List.of("big", "little", "inclusive", "keep");

    private final List<String> options;

    /**
     * Checks the names of the options.
     *
     * @param known the names for the framing's word, for the error message; a name with a value is
     *     followed by {@code =} and an example
     */
    FramingOptions(List<String> options, List<String> known) {
        this.options = options;
        Set<String> seen = new HashSet<>();
        for (String option : options) {
            String name = name(option);
            if (known.stream().noneMatch(each -> each.equals(option) || matches(each, option))) {
                throw new IllegalArgumentException(
                        "unknown option '%s': known are %s and %s; a comma in a delimiter or start is written \\x2c"
                                .formatted(
                                        option,
                                        String.join(", ", known.subList(0, known.size() - 1)),
                                        known.getLast()));
            }
            if (!seen.add(name) && !name.equals(REPEATABLE)) {
                throw new IllegalArgumentException(
                        "'" + option + "' is one option too many: each may be given once");
            }
        }
    }

    private static String name(String option) {
        int end = option.indexOf('=');
        return end < 0 ? option : option.substring(0, end);
    }

    private static boolean matches(String known, String option) {
        return !FLAGS.contains(known) && option.startsWith(name(known) + "=");
    }

    boolean isEmpty() {
        return options.isEmpty();
    }

    boolean flag(String name) {
        return options.contains(name);
    }

    /** Returns the one of two options that comes last. */
    String last(String one, String other) {
        return options.indexOf(one) > options.indexOf(other) ? one : other;
    }

    /** Returns the values of an option, in order. */
    List<String> texts(String name) {
        return options.stream()
                .filter(option -> option.startsWith(name + "="))
                .map(option -> option.substring(name.length() + 1))
                .toList();
    }

    Optional<String> text(String name) {
        return texts(name).stream().findFirst();
    }

    OptionalInt number(String name, int min, int max) {
        Optional<String> text = text(name);
        return text.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(FramingParser.number(name + "=N", text.get(), min, max));
    }
}
