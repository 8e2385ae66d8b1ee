package io.switchboard;

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
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
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
                                                .noneMatch(key -> key.is(name, fromEnvironment)))
                        .filter(name -> !fromEnvironment || !SERVICE_LINK.matcher(name).matches())
                        .findFirst()
                        .ifPresent(name -> refuse(name, known));
            }
        }
    }

    private static void refuse(String name, List<KnownKey> known) {
        throw new UnknownKeyException(
                name,
                known.stream()
                        .map(key -> key.filledFrom(name))
                        .min(Comparator.comparingInt(key -> KnownKey.distance(key, name)))
                        .orElseThrow());
    }

    private static String withoutIndexes(ConfigurationPropertyName name) {
        ConfigurationPropertyName plain = name;
        while (plain.isLastElementIndexed()
                && plain.isNumericIndex(plain.getNumberOfElements() - 1)) {
            plain = plain.getParent();
        }
        return plain.toString();
    }

    /** The keys that a configuration record reads; none for other classes. */
    static Stream<KnownKey> keys(Class<?> type) {
        ConfigurationProperties annotation = type.getAnnotation(ConfigurationProperties.class);
        return annotation == null || !annotation.value().startsWith(ROOT.toString())
                ? Stream.empty()
                : keys(annotation.value(), type).map(KnownKey::new);
    }

    private static Stream<String> keys(String prefix, Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .flatMap(
                        component -> {
                            String name = DataObjectPropertyName.toDashedForm(component.getName());
                            return keys(prefix + "." + name, component);
                        });
    }

    private static Stream<String> keys(String key, RecordComponent component) {
        if (Map.class.isAssignableFrom(component.getType())
                && component.getGenericType() instanceof ParameterizedType map
                && map.getActualTypeArguments()[1] instanceof Class<?> value) {
            return value.isRecord() ? keys(key + ".*", value) : Stream.of(key + ".*");
        }
        return component.getType().isRecord() ? keys(key, component.getType()) : Stream.of(key);
    }
}
