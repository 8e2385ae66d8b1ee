package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.UnknownKeys;
import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** The README and the pages of src/docs list everything that exists, and link only to it. */
@WithService
@TestPropertySource(properties = "switchboard.listeners.default.webhook.url=http://127.0.0.1:1/")
class ReadmeIT {
    /** What Prometheus appends to the name of a histogram, which the page has without it. */
    private static final Pattern HISTOGRAM = Pattern.compile("_(bucket|count|sum|max)$");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    @Autowired private RunningService service;
    @Autowired private ApplicationContext context;
    private final Map<Path, String> pages = new LinkedHashMap<>();
    private String readme;

    @BeforeEach
    void readThePages() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("src/docs"))) {
            for (Path page :
                    Stream.concat(Stream.of(Path.of("README.md")), docs)
                            .filter(file -> file.toString().endsWith(".md"))
                            .toList()) {
                pages.put(page, Files.readString(page));
            }
        }
        readme = String.join("\n", pages.values());
    }

    /** A link leads to an existing file and to one of its headings. */
    @Test
    void everyLinkLeadsSomewhere() {
        pages.forEach(
                (page, text) -> {
                    Matcher links = LINK.matcher(text);
                    while (links.find()) {
                        if (!links.group(1).matches("[a-z]+:.*")) {
                            assertLeadsSomewhere(page, links.group(1));
                        }
                    }
                });
    }

    private void assertLeadsSomewhere(Path page, String link) {
        String[] parts = link.split("#", 2);
        Path folder = Objects.requireNonNullElse(page.getParent(), Path.of(""));
        Path target = parts[0].isEmpty() ? page : folder.resolve(parts[0]).normalize();
        assertThat(target).as("%s links to %s", page, link).exists();
        if (parts.length == 2) {
            assertThat(anchors(pages.get(target)))
                    .as("%s links to %s", page, link)
                    .contains(parts[1]);
        }
    }

    /** Returns the anchors of the headings, as GitHub generates them. */
    private static List<String> anchors(@Nullable String page) {
        return page == null
                ? List.of()
                : page.lines()
                        .filter(line -> line.startsWith("#"))
                        .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
                        .map(line -> line.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                        .toList();
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
        assertThat(meters)
                .allSatisfy(
                        meter ->
                                assertThat(readme)
                                        .containsAnyOf(
                                                "| `" + meter + "` |",
                                                "| `"
                                                        + HISTOGRAM.matcher(meter).replaceAll("")
                                                        + "` |"));
    }

    @Test
    void namesEveryCloseReason() {
        assertThat(CloseReason.values())
                .allSatisfy(reason -> assertThat(readme).contains("`" + reason.word() + "`"));
    }

    /** Skips framings with capital letters, which are placeholders. */
    @Test
    void namesOnlyValidFramings() {
        List<String> words =
                Pattern.compile("`((raw|delimiter|stx-etx|length|fixed):[^`A-Z]+)`")
                        .matcher(readme)
                        .results()
                        .map(word -> word.group(1).replace("\\|", "|"))
                        .toList();
        assertThat(words).hasSizeGreaterThan(15);
        assertThat(words).allSatisfy(word -> assertThat(Framing.of(word)).isNotNull());
    }

    @Test
    void namesEveryLinkOfTheIndex() {
        for (JsonNode link : service.api().get("/").json().get("links")) {
            String path = link.get("path").asString().replaceFirst("\\?.*", "");
            assertThat(readme).contains("`" + link.get("method").asString() + " " + path + "`");
        }
    }
}
