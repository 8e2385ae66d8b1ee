package io.switchboard.listener;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes of the keys of a listener, as a JSON merge patch (RFC 7396). */
final class KeyPatch {
    private KeyPatch() {}

    /**
     * Returns keys with changes. A null removes a key, an object changes the keys in it, and any
     * other value replaces. A key is the same in both forms, {@code max-frame} and {@code
     * maxFrame}.
     */
    static Map<String, Object> apply(Map<String, Object> keys, Map<String, ?> changes) {
        Map<String, Object> result = new LinkedHashMap<>(keys);
        changes.forEach(
                (key, value) -> {
                    String known = known(result, key);
                    Object merged = merged(result.get(known), value);
                    if (merged == null) {
                        result.remove(known);
                    } else {
                        result.put(known, merged);
                    }
                });
        return result;
    }

    private static @Nullable Object merged(@Nullable Object before, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> changes)) {
            return value;
        }
        return apply(before instanceof Map<?, ?> nested ? texts(nested) : Map.of(), texts(changes));
    }

    private static Map<String, Object> texts(Map<?, ?> map) {
        Map<String, Object> result = new LinkedHashMap<>();
        map.forEach((key, value) -> result.put(String.valueOf(key), value));
        return result;
    }

    private static String known(Map<String, Object> keys, String key) {
        return keys.keySet().stream()
                .filter(each -> uniform(each).equals(uniform(key)))
                .findFirst()
                .orElse(key);
    }

    private static String uniform(String key) {
        return key.replace("-", "").toLowerCase(Locale.ROOT);
    }
}
