package io.switchboard.bridge;

import jakarta.validation.Valid;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;
import org.springframework.validation.annotation.Validated;

/**
 * The configured bridges.
 *
 * @param bridges the keys of each bridge, by its name
 */
@Validated
@ConfigurationProperties("switchboard")
public record BridgesProperties(@DefaultValue Map<String, @Valid BridgeProperties> bridges) {
    private static final String KEY = "switchboard.bridges";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}";

    /** The one key that decides which beans a bridge needs. */
    record Kind(@Nullable String type) {}

    public BridgesProperties {
        for (String name : bridges.keySet()) {
            if (!name.matches(NAME)) {
                throw new IllegalArgumentException(
                        "the name of a bridge is '%s': it takes 1 to 63 letters, digits, dashes and underscores, and begins with a letter or digit"
                                .formatted(name));
            }
        }
        bridges = Map.copyOf(bridges);
    }

    /** Returns whether a bridge of this type is configured; of any type if it is null. */
    static boolean configured(Environment environment, @Nullable BridgeType type) {
        Map<String, Kind> kinds =
                new HashMap<>(
                        Binder.get(environment)
                                .bind(KEY, Bindable.mapOf(String.class, Kind.class))
                                .orElseGet(Map::of));
        return type == null
                ? !kinds.isEmpty()
                : kinds.values().stream().anyMatch(kind -> type.isCalled(kind.type()));
    }
}
