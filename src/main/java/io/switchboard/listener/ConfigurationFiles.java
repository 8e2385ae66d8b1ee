package io.switchboard.listener;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.stereotype.Component;

/**
 * Reads the configuration again, as Spring Boot reads it at the start: {@code application.yaml},
 * its imports and the files of profiles, from the same locations and for the same profiles.
 * Arguments, environment variables and other sources are those of the start.
 */
@Component
final class ConfigurationFiles {
    /** How the names of the sources begin that Spring Boot has read from files. */
    private static final String FROM_FILE = "Config resource ";

    private static final String LISTENERS = "switchboard.listeners.";

    /** What Spring Boot attaches to an environment when it is used. */
    private static final String ATTACHED = "configurationProperties";

    private final ConfigurableEnvironment environment;

    ConfigurationFiles(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /**
     * Returns an environment with the configuration as it is now.
     *
     * @throws RuntimeException a file cannot be read, or is not valid; the message names it
     */
    ConfigurableEnvironment read() {
        ConfigurableEnvironment fresh = new StandardEnvironment();
        MutablePropertySources sources = fresh.getPropertySources();
        sources.stream().map(PropertySource::getName).toList().forEach(sources::remove);
        for (PropertySource<?> each : environment.getPropertySources()) {
            if (!isFromFile(each) && !each.getName().equals(ATTACHED)) {
                sources.addLast(each);
            }
        }
        ConfigDataEnvironmentPostProcessor.applyTo(
                fresh, new DefaultResourceLoader(), null, environment.getActiveProfiles());
        ConfigurationPropertySources.attach(fresh);
        return fresh;
    }

    /**
     * Returns the keys outside of the listeners whose values in the files have changed since the
     * start, sorted. A key that an argument or an environment variable sets has not changed.
     *
     * @param fresh what {@link #read} has returned
     */
    SortedSet<String> changedElsewhere(ConfigurableEnvironment fresh) {
        Map<String, String> before = fileValues(environment);
        Map<String, String> now = fileValues(fresh);
        SortedSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        keys.removeIf(
                key ->
                        key.startsWith(LISTENERS)
                                || Objects.equals(before.get(key), now.get(key))
                                || Objects.equals(
                                        environment.getProperty(key), fresh.getProperty(key)));
        return keys;
    }

    private static boolean isFromFile(PropertySource<?> source) {
        return source.getName().startsWith(FROM_FILE) || source instanceof ConfigTreePropertySource;
    }

    private static Map<String, String> fileValues(ConfigurableEnvironment from) {
        Map<String, String> values = new HashMap<>();
        for (PropertySource<?> source : from.getPropertySources()) {
            if (isFromFile(source) && source instanceof EnumerablePropertySource<?> listed) {
                for (String key : listed.getPropertyNames()) {
                    Object value = listed.getProperty(key);
                    if (value != null) {
                        values.putIfAbsent(key, value.toString());
                    }
                }
            }
        }
        return values;
    }
}
