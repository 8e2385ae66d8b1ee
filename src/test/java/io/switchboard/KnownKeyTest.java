package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownKeyTest {
    private final UnknownKeys.KnownKey key =
            new UnknownKeys.KnownKey("switchboard.listeners.*.max-frame");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.listeners.default.max-frame",
                "switchboard.listeners.default.maxframe",
                "switchboard.listeners.default.maxFrame",
                "switchboard.listeners.a-b.max-frame"
            })
    void matchesEveryRelaxedForm(String name) {
        assertThat(key.matches(name, false)).isTrue();
        assertThat(key.matches(name, true)).isTrue();
    }

    /** Environment variables have underscores for both dots and dashes. */
    @Test
    void aDotMatchesADashInTheEnvironmentOnly() {
        assertThat(key.matches("switchboard.listeners.default.max.frame", true)).isTrue();
        assertThat(key.matches("switchboard.listeners.default.max.frame", false)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.listeners.default.max-frames",
                "switchboard.listeners.default.maxx-frame",
                "switchboard.listeners.max-frame",
                "switchboard.listeners..max-frame",
                "switchboard.listeners.default.max-frame.more",
                "switchboard.listeners.a.b.max-frame",
                "switchboardxlisteners.default.max-frame",
                "xswitchboard.listeners.default.max-frame"
            })
    void matchesNoOtherName(String name) {
        assertThat(key.matches(name, false)).isFalse();
        assertThat(key.matches(name, true)).isFalse();
    }

    @Test
    void replacesTheWildcardByTheNameThatTheUserChose() {
        assertThat(key.withUserNames("switchboard.listeners.mine.maxframe"))
                .isEqualTo("switchboard.listeners.mine.max-frame");
        assertThat(key.withUserNames("switchboard.port"))
                .as("the name has no element for the wildcard")
                .isEqualTo("switchboard.listeners.*.max-frame");
    }
}
