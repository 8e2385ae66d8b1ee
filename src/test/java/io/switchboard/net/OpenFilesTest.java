package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.net.OpenFiles.HttpDemand;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenFilesTest {
    private static final HttpDemand HTTP = new HttpDemand(null, 8_192);

    @ParameterizedTest
    @CsvSource({
        "20000, 3276, 512, 3276, 16212",
        "20000, 8192, 512, 3897, 15591",
        "1000000, 8192, 512, 8192, 50000",
        "1024, 8192, 512, 102, 410",
        "300, 8192, 225, 15, 60",
        "2, 8192, 0, 1, 1"
    })
    void dividesTheLimit(long limit, int httpMax, long reserve, int http, int listener) {
        OpenFiles files = OpenFiles.divide(limit, new HttpDemand(null, httpMax), listeners("a"));
        assertThat(files).isEqualTo(new OpenFiles(limit, reserve, http, Map.of("a", listener)));
    }

    @Test
    void twoListenersGetAShareEach() {
        OpenFiles files = OpenFiles.divide(20_000, HTTP, listeners("a", "b"));
        assertThat(files.listeners()).isEqualTo(Map.of("a", 7_795, "b", 7_795));
        assertThat(files.excess()).isZero();
    }

    @Test
    void configuredNumbersCountAsTheyAre() {
        Map<String, @Nullable Integer> listeners = listeners("a", "b");
        listeners.put("big", 10_000);
        OpenFiles files = OpenFiles.divide(20_000, new HttpDemand(1_488, 8_192), listeners);
        assertThat(files.http()).isEqualTo(1_488);
        assertThat(files.listeners()).isEqualTo(Map.of("a", 4_000, "b", 4_000, "big", 10_000));
        assertThat(files.excess()).isZero();
    }

    @Test
    void reportsByHowMuchConfiguredNumbersExceedTheLimit() {
        Map<String, @Nullable Integer> listeners = listeners("a");
        listeners.put("big", 1_000);
        OpenFiles files = OpenFiles.divide(400, HTTP, listeners);
        assertThat(files.http()).isEqualTo(20);
        assertThat(files.listeners()).isEqualTo(Map.of("a", 1, "big", 1_000));
        assertThat(files.excess()).isEqualTo(300 + 20 + 1 + 1_000 - 400);
    }

    private static Map<String, @Nullable Integer> listeners(String... names) {
        Map<String, @Nullable Integer> listeners = new HashMap<>();
        for (String name : names) {
            listeners.put(name, null);
        }
        return listeners;
    }
}
