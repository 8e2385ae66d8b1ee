package io.switchboard.transport.config;

import io.switchboard.listener.ListenerFault;
import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Names;
import io.switchboard.peer.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.bind.validation.ValidationBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.stereotype.Component;
import org.springframework.validation.Validator;

/**
 * Binds the keys of listeners as Spring Boot does at the start, so that keys, validation and errors
 * are those of the configuration. Thread-safe.
 */
@Component
public final class ListenerBinder {
    /** The longest name; it is part of names of threads and of a column of the store. */
    private static final int MAX_NAME = 63;

    private static final int NAME = KeyFault.ROOT.getNumberOfElements();

    /**
     * The peers of a listener without {@code max-connections} that is opened at run time, when the
     * open files are already divided.
     */
    private static final int MAX_CONNECTIONS = 1_000;

    private final ListableBeanFactory beans;
    private final Validator validator;
    private final OpenFiles files;
    private volatile @Nullable ApplicationConversionService conversions;

    ListenerBinder(ListableBeanFactory beans, Validator validator, OpenFiles files) {
        this.beans = beans;
        this.validator = validator;
        this.files = files;
    }

    private ApplicationConversionService conversions() {
        ApplicationConversionService known = conversions;
        if (known == null) {
            known = new ApplicationConversionService();
            ApplicationConversionService.addBeans(
                    known, beans, ConfigurationPropertiesBinding.VALUE);
            conversions = known;
        }
        return known;
    }

    /** Returns the keys of a listener, without those below them. */
    public SortedSet<String> keys() {
        return ListenerKeys.words();
    }

    /**
     * Binds the keys of one listener.
     *
     * @param keys nested keys are maps, lists are lists
     * @throws ListenerFault the name or a key is not valid
     */
    public ConfiguredListener bind(String name, Map<String, Object> keys) {
        checkName(name);
        Map<String, Object> values = ListenerKeys.properties(keys);
        Map<String, Object> properties = new HashMap<>();
        String prefix = KeyFault.ROOT + "." + name + ".";
        values.forEach((key, value) -> properties.put(prefix + key, value));
        ConfigurationPropertySource source = new MapConfigurationPropertySource(properties);
        // no placeholders: a request does not read the environment of the service
        Binder binder = new Binder(List.of(source), null, conversions(), null, null);
        return configured(name, bind(binder, KeyFault.ROOT.append(name), values));
    }

    /**
     * Binds all listeners of a configuration.
     *
     * @throws ListenerFault a key is unknown, or its value is not valid; its detail has the whole
     *     key
     */
    public SortedMap<String, ConfiguredListener> bind(ConfigurableEnvironment environment) {
        Iterable<ConfigurationPropertySource> sources =
                ConfigurationPropertySources.get(environment);
        SortedMap<String, ConfigurationPropertyName> names = new TreeMap<>();
        for (ConfigurationPropertySource source : sources) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                boolean variables =
                        source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
                iterable.stream()
                        .filter(KeyFault.ROOT::isAncestorOf)
                        .forEach(
                                each -> {
                                    if (!variables) {
                                        checkKey(each);
                                    }
                                    ConfigurationPropertyName name = each.chop(NAME + 1);
                                    names.put(name.getLastElement(Form.ORIGINAL), name);
                                });
            }
        }
        Binder binder =
                new Binder(
                        sources,
                        new PropertySourcesPlaceholdersResolver(environment),
                        conversions(),
                        null,
                        null);
        SortedMap<String, ConfiguredListener> listeners = new TreeMap<>();
        names.forEach(
                (name, prefix) -> {
                    try {
                        listeners.put(name, configured(name, bind(binder, prefix, Map.of())));
                    } catch (ListenerFault e) {
                        throw e.of(name);
                    }
                });
        return listeners;
    }

    private static void checkKey(ConfigurationPropertyName name) {
        String key =
                name.getNumberOfElements() == NAME + 1 ? "" : name.subName(NAME + 1).toString();
        if (!key.isEmpty() && ListenerKeys.find(key).isEmpty()) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER,
                    key,
                    null,
                    "%s: a listener has no such key: correct it, or remove it".formatted(name),
                    null);
        }
    }

    private ListenerProperties bind(
            Binder binder, ConfigurationPropertyName name, Map<String, Object> values) {
        try {
            return binder.bindOrCreate(
                    name,
                    Bindable.of(ListenerProperties.class),
                    new ValidationBindHandler(validator));
        } catch (BindException e) {
            throw KeyFault.of(e).map(fault -> fault.toFault(values, e)).orElseThrow(() -> e);
        } catch (IllegalArgumentException e) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER, null, null, String.valueOf(e.getMessage()), e);
        }
    }

    private ConfiguredListener configured(String name, ListenerProperties properties) {
        Integer max = properties.maxConnections();
        int share =
                properties.transport() == Transport.UDP
                        ? TransportProperties.MAX_UDP_PEERS
                        : files.listeners().getOrDefault(name, MAX_CONNECTIONS);
        return new ConfiguredListener(name, properties, max == null ? share : max);
    }

    private static void checkName(String name) {
        String objection =
                name.length() > MAX_NAME
                        ? "it takes at most " + MAX_NAME + " characters"
                        : Names.groupError(name).orElse(null);
        if (objection == null && !ConfigurationPropertyName.isValid("a." + name)) {
            objection = "it takes lower-case letters, digits and dashes, such as gps-2";
        }
        if (objection == null && name.indexOf('.') >= 0) {
            objection = "it takes lower-case letters, digits and dashes, such as gps-2";
        }
        if (objection != null) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER,
                    "name",
                    name,
                    "name is '%s': %s".formatted(name, objection),
                    null);
        }
    }
}
