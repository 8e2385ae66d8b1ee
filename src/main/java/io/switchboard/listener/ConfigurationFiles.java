package io.switchboard.listener;

import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
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
            boolean fromFile =
                    each.getName().startsWith(FROM_FILE)
                            || each instanceof ConfigTreePropertySource;
            if (!fromFile && !each.getName().equals(ATTACHED)) {
                sources.addLast(each);
            }
        }
        ConfigDataEnvironmentPostProcessor.applyTo(
                fresh, new DefaultResourceLoader(), null, environment.getActiveProfiles());
        return fresh;
    }
}
