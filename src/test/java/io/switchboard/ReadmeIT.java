package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** What the README lists is what there is. */
@WithService
@TestPropertySource(properties = "switchboard.listeners.default.webhook.url=http://127.0.0.1:1/")
class ReadmeIT {
    @Autowired private RunningService service;
    @Autowired private ApplicationContext context;
    private String readme;

    @BeforeEach
    void readIt() throws IOException {
        readme = Files.readString(Path.of("README.md"));
    }

    @Test
    void namesEveryKey() {
        List<String> keys =
                context.getBeansWithAnnotation(ConfigurationProperties.class).values().stream()
                        .flatMap(bean -> UnknownKeys.keys(bean.getClass()))
                        .map(key -> key.key().replace("switchboard.", "").replace("*", "<name>"))
                        .toList();
        assertThat(keys).isNotEmpty();
        assertThat(keys).allSatisfy(key -> assertThat(readme).contains("| `" + key + "` |"));
    }

    @Test
    void namesEveryMeter() {
        List<String> meters =
                service.api()
                        .get("/actuator/prometheus")
                        .body()
                        .lines()
                        .filter(line -> line.startsWith("switchboard_"))
                        .map(line -> line.split("[{ ]", 2)[0])
                        .map(name -> name.replaceFirst("_closed_.*_conn", "_closed_<reason>_conn"))
                        .distinct()
                        .toList();
        assertThat(meters).isNotEmpty();
        assertThat(meters).allSatisfy(meter -> assertThat(readme).contains("| `" + meter + "` |"));
    }

    @Test
    void namesEveryCloseReason() {
        assertThat(CloseReason.values())
                .allSatisfy(reason -> assertThat(readme).contains("`" + reason.word() + "`"));
    }

    /** Capital letters stand for a value that the reader puts there. */
    @Test
    void everyFramingItSpellsIsOne() {
        List<String> words =
                Pattern.compile("`((raw|delimiter|stx-etx|length|fixed):[^`A-Z]+)`")
                        .matcher(readme)
                        .results()
                        .map(word -> word.group(1))
                        .toList();
        assertThat(words).hasSizeGreaterThan(15);
        assertThat(words).allSatisfy(word -> assertThat(Framing.of(word)).isNotNull());
    }

    @Test
    void namesWhatTheIndexNames() {
        for (JsonNode link : service.api().get("/").json().get("links")) {
            String path = link.get("path").asString().replaceFirst("\\?.*", "");
            assertThat(readme).contains("`" + link.get("method").asString() + " " + path + "`");
        }
    }
}
