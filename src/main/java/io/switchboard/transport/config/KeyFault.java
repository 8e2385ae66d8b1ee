package io.switchboard.transport.config;

import io.switchboard.listener.ListenerFault;
import io.switchboard.listener.ListenerFault.Reason;
import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;

/**
 * The fault of a listener's key, from the exception with which Spring Boot reports that it cannot
 * bind the key: the key, its value and what would be valid.
 *
 * @param listener the name of the listener
 * @param key the key of the listener; null if the fault is of several
 * @param origin the file and line of the value; null if it comes from elsewhere
 * @param detail the key, the value and what would be valid
 */
record KeyFault(
        String listener,
        @Nullable String key,
        @Nullable String value,
        @Nullable String origin,
        String detail) {
    static final ConfigurationPropertyName ROOT =
            ConfigurationPropertyName.of("switchboard.listeners");
    private static final String SECRET = "secret";
    private static final int NAME = ROOT.getNumberOfElements();

    /** The key with which the messages of {@link ListenerRules} and its neighbours begin. */
    private static final Pattern FIRST_WORD = Pattern.compile("^([a-z][a-z0-9.-]*)\\b");

    /** Returns the fault; empty if the exception is not about a listener. */
    static Optional<KeyFault> of(BindException failure) {
        ConfigurationPropertyName name = failure.getName();
        ConfigurationProperty property = failure.getProperty();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof BindException inner && ROOT.isAncestorOf(inner.getName())) {
                name = inner.getName();
                property = inner.getProperty() == null ? property : inner.getProperty();
            }
        }
        BindValidationException invalid = invalid(failure);
        if (invalid != null) {
            return ofValidation(invalid);
        }
        if (!ROOT.isAncestorOf(name)) {
            return Optional.empty();
        }
        String listener = name.getElement(NAME, ConfigurationPropertyName.Form.ORIGINAL);
        String key = key(name);
        if (property != null && key != null) {
            Object value = property.getValue();
            return Optional.of(
                    new KeyFault(
                            listener,
                            key,
                            String.valueOf(value),
                            origin(property),
                            "%s is %s: %s".formatted(key, value, expected(key, failure))));
        }
        return Optional.of(ofRule(listener, key, message(ownOrLast(failure))));
    }

    /** Returns the fault that a rule about one or several keys reports in its message. */
    private static KeyFault ofRule(String listener, @Nullable String prefix, String message) {
        Matcher word = FIRST_WORD.matcher(message);
        String key = word.find() ? word.group(1) : null;
        if (key != null && ListenerKeys.find(key).isEmpty()) {
            key = prefix;
        }
        return new KeyFault(listener, key, null, null, message);
    }

    private static @Nullable BindValidationException invalid(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof BindValidationException invalid) {
                return invalid;
            }
        }
        return null;
    }

    private static Optional<KeyFault> ofValidation(BindValidationException invalid) {
        for (ObjectError each : invalid.getValidationErrors()) {
            ConfigurationPropertyName name =
                    each instanceof FieldError field
                            ? invalid.getValidationErrors()
                                    .getName()
                                    .append(dashed(field.getField()))
                            : invalid.getValidationErrors().getName();
            if (ROOT.isAncestorOf(name) && each instanceof FieldError field) {
                String key = key(name);
                return Optional.of(
                        new KeyFault(
                                name.getElement(NAME, ConfigurationPropertyName.Form.ORIGINAL),
                                key,
                                String.valueOf(field.getRejectedValue()),
                                null,
                                "%s is %s: it %s"
                                        .formatted(
                                                key,
                                                field.getRejectedValue(),
                                                field.getDefaultMessage())));
            }
        }
        return Optional.empty();
    }

    /** Returns the path of a field as a name of properties. */
    private static String dashed(String field) {
        StringBuilder name = new StringBuilder();
        for (int at = 0; at < field.length(); at++) {
            char each = field.charAt(at);
            if (Character.isUpperCase(each)) {
                name.append('-').append(Character.toLowerCase(each));
            } else {
                name.append(each);
            }
        }
        return name.toString();
    }

    /** Returns the key of the listener; null if the name is that of the listener itself. */
    private static @Nullable String key(ConfigurationPropertyName name) {
        return name.getNumberOfElements() == NAME + 1 ? null : name.subName(NAME + 1).toString();
    }

    private static String expected(String key, Throwable failure) {
        RecordComponent component = ListenerKeys.find(key).orElse(null);
        Throwable cause = ownOrLast(failure);
        // the converters of this service say what they take; those of Spring do not
        return component == null || isOwn(cause)
                ? message(cause)
                : ListenerKeys.expected(component);
    }

    /** Returns the first exception that this service has thrown, or the last of the chain. */
    private static Throwable ownOrLast(Throwable failure) {
        Throwable last = failure;
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (isOwn(each)) {
                return each;
            }
            last = each;
        }
        return last;
    }

    private static boolean isOwn(Throwable each) {
        return each instanceof IllegalArgumentException
                && each.getStackTrace().length > 0
                && each.getStackTrace()[0].getClassName().startsWith("io.switchboard");
    }

    private static String message(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private static @Nullable String origin(ConfigurationProperty property) {
        return property.getOrigin() == null ? null : property.getOrigin().toString();
    }

    /**
     * Returns the fault as that of a request.
     *
     * @param properties the values of the request, by key
     */
    ListenerFault toFault(Map<String, Object> properties, Throwable cause) {
        Object given = key == null || value != null ? value : properties.get(key);
        String text =
                given == null || (key != null && key.contains(SECRET)) ? null : given.toString();
        return new ListenerFault(Reason.BAD_LISTENER, key, text, detail, cause);
    }

    /** Reports the key at start-up, with its value and what would be valid. */
    @Order(Ordered.HIGHEST_PRECEDENCE)
    static final class Analyzer extends AbstractFailureAnalyzer<BindException> {
        @Override
        protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException failure) {
            return of(failure).map(fault -> fault.analysis(failure)).orElse(null);
        }
    }

    private FailureAnalysis analysis(Throwable failure) {
        String prefix = ROOT + "." + listener;
        String place = origin == null ? "" : " (" + origin + ")";
        String description =
                key != null && detail.startsWith(key)
                        ? prefix + "." + detail + place
                        : prefix + ": " + detail + place;
        return new FailureAnalysis(
                description,
                key == null
                        ? "Correct the keys of the listener %s.".formatted(listener)
                        : "Set %s.%s to a value that it takes%s."
                                .formatted(
                                        prefix,
                                        key.toLowerCase(Locale.ROOT),
                                        value == null ? "" : ", instead of " + value),
                failure);
    }
}
