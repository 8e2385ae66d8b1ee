package io.switchboard;

import static org.springframework.boot.context.properties.bind.DataObjectPropertyName.toDashedForm;

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
 * Stops the start at a key under {@code switchboard.} that nothing reads, wherever it is set: a
 * misspelt limit must not silently be the default.
 *
 * <p>What is read follows from the {@link ConfigurationProperties} records themselves.
 */
@Component
final class UnknownKeys implements BeanFactoryPostProcessor, EnvironmentAware {
    private static final ConfigurationPropertyName ROOT =
            ConfigurationPropertyName.of("switchboard");

    /** What Kubernetes puts into every pod beside a service of the name switchboard. */
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
                                                .noneMatch(it -> it.is(name, fromEnvironment)))
                        .filter(name -> !fromEnvironment || !SERVICE_LINK.matcher(name).matches())
                        .findFirst()
                        .ifPresent(name -> refuse(name, known));
            }
        }
    }

    private static void refuse(String name, List<KnownKey> known) {
        Stream<String> keys = known.stream().map(key -> key.filledFrom(name));
        Comparator<String> nearness = Comparator.comparingInt(it -> KnownKey.distance(it, name));
        throw new UnknownKeyException(name, keys.min(nearness).orElseThrow());
    }

    private static String withoutIndexes(ConfigurationPropertyName name) {
        ConfigurationPropertyName plain = name;
        while (plain.isLastElementIndexed()
                && plain.isNumericIndex(plain.getNumberOfElements() - 1)) {
            plain = plain.getParent();
        }
        return plain.toString();
    }

    /** Returns the keys that a configuration record reads; none for other classes. */
    static Stream<KnownKey> keys(Class<?> type) {
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

    /** A key under {@code switchboard.} that nothing reads, and the known key nearest to it. */
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

    /** Reports which key is unknown and which one was probably meant. */
    static final class Analyzer extends AbstractFailureAnalyzer<UnknownKeyException> {

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, UnknownKeyException failure) {
            return new FailureAnalysis(
                    "Nothing reads the key " + failure.key + ".",
                    "Did you mean " + failure.nearest + "? Correct the key, or remove it.",
                    failure);
        }
    }

    /**
     * A configuration key that something reads.
     *
     * @param key in dashed form; {@code *} stands for a name that the user chooses
     */
    record KnownKey(String key) {

        /**
         * Whether this name means the key, by Spring Boot's relaxed binding.
         *
         * @param fromEnvironment names from environment variables may have a dot where the key has
         *     a dash
         */
        boolean is(String name, boolean fromEnvironment) {
            String pattern =
                    Pattern.quote(key)
                            .replace("*", "\\E[^.]+\\Q")
                            .replace("-", fromEnvironment ? "\\E[.-]?\\Q" : "\\E-?\\Q");
            return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(name).matches();
        }

        /** The key with the user's own name in place of {@code *}. */
        String filledFrom(String name) {
            String[] mine = key.split("\\.", -1);
            String[] theirs = name.split("\\.", -1);
            for (int at = 0; at < mine.length; at++) {
                if (mine[at].equals("*") && at < theirs.length) {
                    mine[at] = theirs[at];
                }
            }
            return String.join(".", mine);
        }

        /** How many characters must be inserted, removed or changed to make one of the other. */
        static int distance(String one, String other) {
            int[] row = new int[other.length() + 1];
            for (int j = 0; j < row.length; j++) {
                row[j] = j;
            }
            for (int i = 1; i <= one.length(); i++) {
                int diagonal = row[0];
                row[0] = i;
                for (int j = 1; j < row.length; j++) {
                    int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                    diagonal = row[j];
                    row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
                }
            }
            return row[other.length()];
        }
    }
}
