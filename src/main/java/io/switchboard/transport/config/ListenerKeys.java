package io.switchboard.transport.config;

import static org.springframework.boot.context.properties.bind.DataObjectPropertyName.toDashedForm;

import io.switchboard.listener.ListenerFault;
import io.switchboard.listener.ListenerFault.Reason;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a listener, from the components of {@link ListenerProperties}. A key is in dashed
 * form, such as {@code max-frame} or {@code identify.pattern}; requests may also write {@code
 * maxFrame}.
 */
final class ListenerKeys {
    /** The same key may be written max-frame, maxFrame, or in a variable MAXFRAME. */
    private static final Comparator<String> BY_UNIFORM_WORD =
            Comparator.comparing(key -> key.replace("-", "").toLowerCase(Locale.ROOT));

    private ListenerKeys() {}

    /** Returns the keys of a configuration record, with their types. */
    private static Map<String, RecordComponent> of(Class<?> type) {
        Map<String, RecordComponent> keys = new TreeMap<>(BY_UNIFORM_WORD);
        for (RecordComponent each : type.getRecordComponents()) {
            keys.put(toDashedForm(each.getName()), each);
        }
        return keys;
    }

    /** Returns the keys of a listener; a set that finds a key in each of its forms. */
    static SortedSet<String> words() {
        SortedSet<String> words = new TreeSet<>(BY_UNIFORM_WORD);
        words.addAll(of(ListenerProperties.class).keySet());
        return words;
    }

    /**
     * Returns the component of a key such as {@code limits.messages-per-second}; empty if unknown.
     */
    static Optional<RecordComponent> find(String key) {
        Class<?> type = ListenerProperties.class;
        RecordComponent found = null;
        for (String part : withoutIndexes(key).split("\\.", -1)) {
            if (found != null && Map.class.isAssignableFrom(found.getType())) {
                return Optional.of(found);
            }
            found = type.isRecord() ? of(type).get(part) : null;
            if (found == null) {
                return Optional.empty();
            }
            type = found.getType();
        }
        return Optional.ofNullable(found);
    }

    private static String withoutIndexes(String key) {
        int bracket = key.indexOf('[');
        return bracket < 0 ? key : key.substring(0, bracket);
    }

    /**
     * Returns the values of keys as properties, by the names that Spring Boot binds: {@code
     * groups[0]}, {@code webhook.headers[X-Key]}. Null stands for a key that is left out.
     *
     * @throws ListenerFault a key is unknown or given twice, or its value has the wrong shape
     */
    static Map<String, Object> properties(Map<String, Object> keys) {
        Map<String, Object> properties = new LinkedHashMap<>();
        add("", keys, ListenerProperties.class, properties);
        return properties;
    }

    private static void add(
            String prefix, Map<?, ?> keys, Class<?> type, Map<String, Object> properties) {
        Map<String, RecordComponent> known = of(type);
        Map<String, String> written = new TreeMap<>(BY_UNIFORM_WORD);
        keys.forEach(
                (given, value) -> {
                    String word = String.valueOf(given);
                    RecordComponent component = known.get(word);
                    if (component == null) {
                        throw unknown(prefix + word, prefix, known);
                    }
                    String dashed = toDashedForm(component.getName());
                    String before = written.put(word, word);
                    if (before != null) {
                        throw new ListenerFault(
                                Reason.BAD_LISTENER,
                                prefix + dashed,
                                null,
                                "%s and %s are the same key: give one of them"
                                        .formatted(prefix + before, prefix + word),
                                null);
                    }
                    if (value != null) {
                        add(prefix + dashed, value, component, properties);
                    }
                });
    }

    private static void add(
            String key, Object value, RecordComponent component, Map<String, Object> properties) {
        Class<?> type = component.getType();
        if (type.isRecord() && !isScalar(type)) {
            if (!(value instanceof Map<?, ?> nested)) {
                throw shape(key, value, "an object with some of " + words(of(type)));
            }
            add(key + ".", nested, type, properties);
        } else if (Map.class.isAssignableFrom(type)) {
            if (!(value instanceof Map<?, ?> entries)) {
                throw shape(key, value, "an object with names and values");
            }
            entries.forEach(
                    (name, each) -> {
                        if (each != null) {
                            properties.put(key + "[" + name + "]", scalar(key + "." + name, each));
                        }
                    });
        } else if (Collection.class.isAssignableFrom(type) && value instanceof List<?> list) {
            for (int at = 0; at < list.size(); at++) {
                properties.put(key + "[" + at + "]", scalar(key, list.get(at)));
            }
            if (list.isEmpty()) {
                properties.put(key, "");
            }
        } else {
            properties.put(key, scalar(key, value));
        }
    }

    /** Returns whether a record is written as one value, such as a network. */
    private static boolean isScalar(Class<?> type) {
        return type.getPackageName().endsWith(".net");
    }

    private static String scalar(String key, @Nullable Object value) {
        if (value == null || value instanceof Map<?, ?> || value instanceof Collection<?>) {
            throw shape(key, value, "a text, a number, true or false");
        }
        return value.toString();
    }

    private static ListenerFault shape(String key, @Nullable Object value, String expected) {
        return new ListenerFault(
                Reason.BAD_LISTENER,
                key,
                String.valueOf(value),
                "%s is %s: it takes %s".formatted(key, value, expected),
                null);
    }

    private static ListenerFault unknown(
            String key, String prefix, Map<String, RecordComponent> known) {
        return new ListenerFault(
                Reason.BAD_LISTENER,
                key,
                null,
                prefix.isEmpty()
                        ? "a listener has no key '%s': known are %s".formatted(key, words(known))
                        : "a listener has no key '%s': in %s are %s"
                                .formatted(
                                        key,
                                        prefix.substring(0, prefix.length() - 1),
                                        words(known)),
                null);
    }

    private static String words(Map<String, RecordComponent> keys) {
        return String.join(", ", keys.keySet());
    }

    /** Returns what values a component takes, for people. */
    static String expected(RecordComponent component) {
        Class<?> type = component.getType();
        if (type.isEnum()) {
            return "it takes "
                    + String.join(
                            ", ",
                            Arrays.stream(type.getEnumConstants())
                                    .map(
                                            each ->
                                                    ((Enum<?>) each)
                                                            .name()
                                                            .toLowerCase(Locale.ROOT)
                                                            .replace('_', '-'))
                                    .toList());
        }
        return switch (type.getSimpleName()) {
            case "Integer", "int", "Long", "long" -> "it takes a whole number";
            case "Boolean", "boolean" -> "it takes true or false";
            case "Duration" -> "it takes a time with its unit, such as 500ms, 30s or 5m";
            case "DataSize" -> "it takes a size such as 512B, 64KB or 1MB";
            case "Map" -> "it takes names and values";
            default -> "it takes another value";
        };
    }
}
