package io.switchboard.bridge;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of brokers. */
public enum BridgeType {
    KAFKA,
    MQTT,
    REDIS_STREAM;

    /** Returns the word of the configuration. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns whether Spring Boot's relaxed binding reads this text as the type. */
    boolean isCalled(@Nullable String text) {
        return text != null
                && text.replace("-", "").replace("_", "").equalsIgnoreCase(name().replace("_", ""));
    }
}
