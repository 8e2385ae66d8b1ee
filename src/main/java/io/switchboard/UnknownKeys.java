package io.switchboard;

import static org.springframework.boot.context.properties.bind.DataObjectPropertyName.toDashedForm;

import io.switchboard.net.Spelling;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.stereotype.Component;

/**
 * Aborts the start if a property source sets a key under {@code switchboard.} that the service does
 * not know. Otherwise a misspelt limit would silently keep its default.
 *
 * <p>The known keys are derived from the components of the {@link ConfigurationProperties} records.
 */
@Component
public final class UnknownKeys implements BeanFactoryPostProcessor, EnvironmentAware {
    private static final ConfigurationPropertyName ROOT =
            ConfigurationPropertyName.of("switchboard");

    /**
     * Matches the environment variables that Kubernetes sets in the pods of a namespace that has a
     * Service named switchboard.
     */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("switchboard\\.(service\\.(host|port).*|port(\\[\\d+].*)?)");

    @SuppressWarnings("NullAway.Init") // Spring sets it before it calls the post-processor
    private Environment environment;

    @Override
    public void setEnvironment(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        List<KnownKey> known =
                Arrays.stream(beans.getBeanNamesForAnnotation(ConfigurationProperties.class))
                        .map(beans::getType)
                        .filter(Objects::nonNull)
                        .flatMap(UnknownKeys::keys)
                        .toList();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource names) {
                boolean fromEnvironment =
                        source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
                names.stream()
                        .filter(ROOT::isAncestorOf)
                        .map(UnknownKeys::withoutIndexes)
                        .filter(
                                name ->
                                        known.stream()
                                                .noneMatch(
                                                        key -> key.matches(name, fromEnvironment)))
                        .filter(name -> !fromEnvironment || !SERVICE_LINK.matcher(name).matches())
                        .findFirst()
                        .ifPresent(name -> refuse(name, known));
            }
        }
    }

    private static void refuse(String name, List<KnownKey> known) {
        Stream<String> keys = known.stream().map(key -> key.withUserNames(name));
        Comparator<String> byDistance =
                Comparator.comparingInt(key -> Spelling.distance(key, name));
        throw new UnknownKeyException(name, keys.min(byDistance).orElseThrow());
    }

    private static String withoutIndexes(ConfigurationPropertyName name) {
        ConfigurationPropertyName plain = name;
        while (plain.isLastElementIndexed()
                && plain.isNumericIndex(plain.getNumberOfElements() - 1)) {
            plain = plain.getParent();
        }
        return plain.toString();
    }

    /**
     * Returns the keys of a configuration record. The stream is empty if the class has no {@link
     * ConfigurationProperties} annotation with a prefix that starts with {@code switchboard}.
     */
    public static Stream<KnownKey> keys(Class<?> type) {
        ConfigurationProperties annotation = type.getAnnotation(ConfigurationProperties.class);
        return annotation == null || !annotation.value().startsWith(ROOT.toString())
                ? Stream.empty()
                : keys(annotation.value(), type).map(KnownKey::new);
    }

    private static Stream<String> keys(String prefix, Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .flatMap(each -> keys(prefix + "." + toDashedForm(each.getName()), each));
    }

    private static Stream<String> keys(String key, RecordComponent component) {
        if (Map.class.isAssignableFrom(component.getType())
                && component.getGenericType() instanceof ParameterizedType map
                && map.getActualTypeArguments()[1] instanceof Class<?> value) {
            return value.isRecord() ? keys(key + ".*", value) : Stream.of(key + ".*");
        }
        return component.getType().isRecord() ? keys(key, component.getType()) : Stream.of(key);
    }

    /**
     * Names a key under {@code switchboard.} that is not known, and the known key nearest to it.
     */
    static final class UnknownKeyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String key;
        private final String nearest;

        UnknownKeyException(String key, String nearest) {
            super("unknown key " + key);
            this.key = key;
            this.nearest = nearest;
        }

        String key() {
            return key;
        }

        String nearest() {
            return nearest;
        }
    }

    /** Reports the unknown key at start-up and suggests the nearest known key. */
    static final class Analyzer extends AbstractFailureAnalyzer<UnknownKeyException> {

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, UnknownKeyException failure) {
            return new FailureAnalysis(
                    "The configuration contains an unknown key: " + failure.key + ".",
                    action(failure),
                    failure);
        }

        private static String action(UnknownKeyException failure) {
            return failure.key.contains("[true]") || failure.key.contains("[false]")
                    ? "YAML reads on, off, yes and no as true and false: write such a name in quotes."
                    : "Did you mean " + failure.nearest + "? Correct the key, or remove it.";
        }
    }

    /**
     * A configuration key that the service reads.
     *
     * @param key in dashed form; {@code *} stands for a name that the user chooses
     */
    public record KnownKey(String key) {

        /**
         * Returns whether Spring Boot's relaxed binding maps {@code name} to this key.
         *
         * @param fromEnvironment whether the name comes from an environment variable; it may then
         *     have a dot where the key has a dash
         */
        boolean matches(String name, boolean fromEnvironment) {
            String pattern =
                    Pattern.quote(key)
                            .replace("*", "\\E[^.]+\\Q")
                            .replace("-", fromEnvironment ? "\\E[.-]?\\Q" : "\\E-?\\Q");
            return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(name).matches();
        }

        /** Returns the key with each {@code *} replaced by the element of {@code name} there. */
        String withUserNames(String name) {
            String[] result = key.split("\\.", -1);
            String[] given = name.split("\\.", -1);
            for (int at = 0; at < result.length; at++) {
                if (result[at].equals("*") && at < given.length) {
                    result[at] = given[at];
                }
            }
            return String.join(".", result);
        }
    }
}
