package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a topic or stream with variables such as {@code events.{listener}}.
 *
 * <p>A character of a value that the broker does not accept in a name, or that separates levels
 * there, is written as its UTF-8 bytes, {@code %XX} each, and so is the percent sign itself. Kafka
 * accepts no percent sign, so an underscore takes its place there: {@code _XX}. Redis accepts all
 * characters. Two different values never have the same name.
 *
 * @param parts texts and variables in turn, beginning and ending with a text
 */
record TopicTemplate(List<String> parts, BridgeType type) {
    static final Set<String> VARIABLES = Set.of("listener", "name", "type");

    private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern KAFKA_NAME = Pattern.compile("[A-Za-z0-9._-]*");
    private static final int KAFKA_MAX_LENGTH = 249;
    private static final int MQTT_MAX_LENGTH = 65_535;

    TopicTemplate {
        parts = List.copyOf(parts);
    }

    /**
     * Returns the template of a configured value.
     *
     * @throws IllegalArgumentException if the broker has no such topics; the message gives the key,
     *     the value and what would be valid
     */
    static TopicTemplate parse(String key, String value, BridgeType type) {
        List<String> parts = new ArrayList<>();
        Matcher matcher = VARIABLE.matcher(value);
        int from = 0;
        while (matcher.find()) {
            String variable = matcher.group(1);
            if (!VARIABLES.contains(variable)) {
                throw new IllegalArgumentException(
                        "%s is %s: {%s} is unknown; known are {listener}, {name} and {type}"
                                .formatted(key, value, variable));
            }
            parts.add(value.substring(from, matcher.start()));
            parts.add(variable);
            from = matcher.end();
        }
        parts.add(value.substring(from));
        TopicTemplate template = new TopicTemplate(parts, type);
        for (int at = 0; at < parts.size(); at += 2) {
            template.checkText(key, value, parts.get(at));
        }
        if (value.isEmpty()) {
            throw new IllegalArgumentException(key + " is empty: set it, or remove it");
        }
        return template;
    }

    private void checkText(String key, String value, String text) {
        String fault =
                text.contains("{") || text.contains("}")
                        ? "a brace stands alone; variables are {listener}, {name} and {type}"
                        : nameFault(value, text);
        if (fault != null) {
            throw new IllegalArgumentException("%s is %s: %s".formatted(key, value, fault));
        }
    }

    private @Nullable String nameFault(String value, String text) {
        return switch (type) {
            case KAFKA ->
                    KAFKA_NAME.matcher(text).matches() && value.length() <= KAFKA_MAX_LENGTH
                            ? null
                            : "a Kafka topic takes up to 249 letters, digits, dots, underscores and dashes";
            case MQTT ->
                    text.chars().noneMatch(each -> "+#\0".indexOf(each) >= 0)
                            ? null
                            : "an MQTT topic has no +, # and NUL";
            case REDIS_STREAM -> null;
        };
    }

    /** Returns whether the template has no variable, so that all events have one topic. */
    boolean isConstant() {
        return parts.size() == 1;
    }

    boolean contains(String variable) {
        for (int at = 1; at < parts.size(); at += 2) {
            if (parts.get(at).equals(variable)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the name of the topic or stream.
     *
     * @param values returns the value of a variable
     */
    String name(UnaryOperator<String> values) {
        if (isConstant()) {
            return parts.getFirst();
        }
        StringBuilder name = new StringBuilder();
        for (int at = 0; at < parts.size(); at++) {
            name.append(at % 2 == 0 ? parts.get(at) : escaped(values.apply(parts.get(at)), type));
        }
        return name.toString();
    }

    /** Returns whether the broker can have a topic with this name, which may be too long. */
    boolean fits(String name) {
        return switch (type) {
            case KAFKA -> name.length() <= KAFKA_MAX_LENGTH;
            case MQTT -> name.getBytes(UTF_8).length <= MQTT_MAX_LENGTH;
            case REDIS_STREAM -> true;
        };
    }

    /** Returns a value as part of the name of a topic. */
    static String escaped(String value, BridgeType type) {
        StringBuilder escaped = new StringBuilder();
        value.codePoints()
                .forEach(
                        each -> {
                            if (isPlain(each, type)) {
                                escaped.appendCodePoint(each);
                            } else {
                                for (byte one : Character.toString(each).getBytes(UTF_8)) {
                                    escaped.append(type == BridgeType.KAFKA ? '_' : '%')
                                            .append("%02X".formatted(one));
                                }
                            }
                        });
        return escaped.toString();
    }

    private static boolean isPlain(int each, BridgeType type) {
        return switch (type) {
            case KAFKA ->
                    each < 0x80 && (Character.isLetterOrDigit(each) || each == '.' || each == '-');
            case MQTT -> "+#/%$".indexOf(each) < 0 && !Character.isISOControl(each);
            case REDIS_STREAM -> true;
        };
    }

    /**
     * Returns the value that {@link #escaped} has written for MQTT.
     *
     * @throws IllegalArgumentException if a percent sign is not followed by two hexadecimal digits
     */
    static String unescaped(String text) {
        // only %XX is decoded: a plus stays a plus
        return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }
}
