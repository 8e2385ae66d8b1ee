package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyPatchTest {

    @Test
    void aValueReplacesAndAnObjectChangesOnlyWhatItHas() {
        assertThat(
                        KeyPatch.apply(
                                Map.of(
                                        "port", 1,
                                        "groups", List.of("a"),
                                        "limits", Map.of("messages-per-second", 1)),
                                Map.of(
                                        "groups", List.of("b"),
                                        "limits", Map.of("bytes-per-second", "1KB"))))
                .isEqualTo(
                        Map.of(
                                "port", 1,
                                "groups", List.of("b"),
                                "limits",
                                        Map.of(
                                                "messages-per-second",
                                                1,
                                                "bytes-per-second",
                                                "1KB")));
    }

    @Test
    void nullRemovesAKeyInEitherForm() {
        assertThat(
                        KeyPatch.apply(
                                Map.of("max-frame", "1KB", "port", 1),
                                Collections.singletonMap("maxFrame", null)))
                .isEqualTo(Map.of("port", 1));
    }
}
