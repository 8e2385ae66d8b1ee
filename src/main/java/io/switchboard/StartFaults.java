package io.switchboard;

import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.bind.validation.ValidationErrors;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.core.annotation.Order;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.FieldError;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Explains faults of the configuration that stop the start, where Spring Boot's explanation does
 * not name the key, its value and what would be valid, or where it has none. The faults of
 * listeners, tokens, the port of HTTP and unknown keys have analyzers of their own.
 */
final class StartFaults {
    private StartFaults() {}

    /** Returns the first cause, which is the last of the chain. */
    private static Throwable last(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return last;
    }

    /** Reports a value that a key does not take. It comes before the analyzer of Spring Boot. */
    @Order(0)
    static final class BadValue extends AbstractFailureAnalyzer<BindException> {
        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, BindException failure) {
            if (failure.getCause() instanceof BindValidationException invalid) {
                return ofValidation(invalid.getValidationErrors(), failure);
            }
            ConfigurationProperty property = failure.getProperty();
            return property == null || failure.getCause() == null
                    ? null
                    : analysis(property, expected(failure), failure);
        }

        private static @Nullable FailureAnalysis ofValidation(
                ValidationErrors errors, BindException failure) {
            if (!(errors.getAllErrors().getFirst() instanceof FieldError field)) {
                return null;
            }
            ConfigurationPropertyName name =
                    ConfigurationPropertyName.adapt(errors.getName() + "." + field.getField(), '.');
            return errors.getBoundProperties().stream()
                    .filter(each -> sameKey(each.getName(), name))
                    .findFirst()
                    .map(each -> analysis(each, "it " + field.getDefaultMessage(), failure))
                    .orElse(null);
        }

        /** The name of a field has capitals where the key has dashes. */
        private static boolean sameKey(
                ConfigurationPropertyName one, ConfigurationPropertyName two) {
            return uniform(one).equals(uniform(two));
        }

        private static String uniform(ConfigurationPropertyName name) {
            StringBuilder text = new StringBuilder();
            for (int at = 0; at < name.getNumberOfElements(); at++) {
                text.append(name.getElement(at, Form.UNIFORM)).append('.');
            }
            return text.toString();
        }

        private static String expected(BindException failure) {
            Class<?> type = failure.getTarget().getType().resolve(Object.class);
            if (type.isEnum()) {
                return Arrays.stream(type.getEnumConstants())
                        .map(each -> ((Enum<?>) each).name().toLowerCase(Locale.ROOT))
                        .map(each -> each.replace('_', '-'))
                        .collect(Collectors.joining(", ", "it takes ", ""));
            }
            if (type == Duration.class) {
                return "it takes a time with its unit, such as 500ms, 30s or 5m";
            }
            if (type == DataSize.class) {
                return "it takes a size such as 512B, 64KB or 1MB";
            }
            if (type == Boolean.class || type == boolean.class) {
                return "it takes true or false";
            }
            if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
                return "it takes a whole number";
            }
            Throwable cause = last(failure);
            return Objects.requireNonNullElse(cause.getMessage(), cause.toString());
        }

        private static FailureAnalysis analysis(
                ConfigurationProperty property, String expected, BindException failure) {
            String place =
                    property.getOrigin() instanceof TextResourceOrigin file
                            ? " (" + file + ")"
                            : "";
            return new FailureAnalysis(
                    "%s is %s: %s%s"
                            .formatted(property.getName(), property.getValue(), expected, place),
                    "Set %s to a value that it takes, instead of %s."
                            .formatted(property.getName(), property.getValue()),
                    failure);
        }
    }

    /** Reports a bundle of certificates that a key names and that does not exist. */
    static final class NoBundle extends AbstractFailureAnalyzer<NoSuchSslBundleException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, NoSuchSslBundleException failure) {
            String name = failure.getBundleName();
            return new FailureAnalysis(
                    "There is no SSL bundle '%s'.".formatted(name),
                    "Set spring.ssl.bundle.pem.%s.keystore.certificate and .private-key to define it, or correct the key that names it, such as server.ssl.bundle."
                            .formatted(name),
                    failure);
        }
    }

    /**
     * Reports a bundle that Spring Boot cannot register, because a file that it shall watch ({@code
     * reload-on-update}) or read ({@code verify-keys}) does not exist, or a certificate does not
     * belong to its key; and a file that HTTP cannot read. A bundle of a listener without these
     * keys is read at its first use, and that failure names the key that uses it; its analyzer
     * comes before this one.
     */
    static final class UnreadableBundle implements FailureAnalyzer {
        /** The beginning of a message of Spring Boot, which ends with the name and a quote. */
        private static final String UNREGISTERED = "Unable to register SSL bundle '";

        /** The beginning of a message of Spring Boot that has the path, but not the bundle. */
        private static final String UNREADABLE = "Error reading certificate or key from file '";

        @Override
        public @Nullable FailureAnalysis analyze(Throwable failure) {
            for (Throwable each = failure; each != null; each = each.getCause()) {
                String message = each.getMessage();
                if (each instanceof IllegalStateException
                        && message != null
                        && message.startsWith(UNREGISTERED)) {
                    String name = message.substring(UNREGISTERED.length(), message.length() - 1);
                    return analysis("." + name, String.valueOf(last(each).getMessage()), each);
                }
                if (each instanceof UncheckedIOException
                        && message != null
                        && message.startsWith(UNREADABLE)) {
                    boolean missing =
                            last(each) instanceof FileNotFoundException
                                    || last(each) instanceof NoSuchFileException;
                    return analysis("", message + (missing ? " (no such file)" : ""), each);
                }
            }
            return null;
        }

        private static FailureAnalysis analysis(String name, String problem, Throwable failure) {
            return new FailureAnalysis(
                    "spring.ssl.bundle.*%s: the bundle cannot be used: %s".formatted(name, problem),
                    "Correct spring.ssl.bundle.*%s. A relative path begins at the working directory of the service."
                            .formatted(name),
                    failure);
        }
    }

    /** Reports a file of the configuration that is not valid YAML. */
    static final class BadYaml extends AbstractFailureAnalyzer<MarkedYAMLException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, MarkedYAMLException failure) {
            String place =
                    failure.getProblemMark() == null
                            ? ""
                            : "line %d, column %d: "
                                    .formatted(
                                            failure.getProblemMark().getLine() + 1,
                                            failure.getProblemMark().getColumn() + 1);
            return new FailureAnalysis(
                    "The configuration is not valid YAML, in %s%s"
                            .formatted(place, failure.getProblem()),
                    "Correct this line of application.yaml. Indent with spaces, and put values that contain ': ' or ' #' into quotes.",
                    failure);
        }
    }
}
