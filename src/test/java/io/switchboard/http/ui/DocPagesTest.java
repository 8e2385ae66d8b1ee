package io.switchboard.http.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DocPagesTest {
    private static final Pattern LINK =
            Pattern.compile("<a href=\"(?!https?:)([^\"#]*)#?([^\"]*)\"");

    private final DocPages pages =
            new DocPages(
                    Map.of(
                            "framing",
                            """
                            # Framing

                            A [tracker](guides/hl7.md#send-it) and [a file](../main/x.yaml).

                            ## Line ends

                            | a | b |
                            | --- | --- |
                            | `CR` & LF | <tag> |
                            """,
                            "hl7",
                            "# HL7\n\n## Send it\n\nby the [list](README.md) and ![a](page.png)\n"));

    private String html(String name) {
        return Objects.requireNonNull(pages.page(name)).html();
    }

    @Test
    void rendersTablesAndTheIdsOfHeadings() {
        assertThat(html("framing"))
                .contains(
                        "<h2 id=\"line-ends\">Line ends</h2>", "<td><code>CR</code> &amp; LF</td>");
    }

    @Test
    void linksToPagesAndShowsTheTextOfOtherLinks() {
        assertThat(html("framing"))
                .contains("<p>A <a href=\"hl7#send-it\">tracker</a> and a file.</p>");
        assertThat(html("hl7")).contains("by the list and a");
    }

    @Test
    void findsTheSectionsThatContainEveryWordInAnyCase() {
        assertThat(pages.search("cr LINE"))
                .singleElement()
                .satisfies(hit -> assertThat(hit.section().anchor()).isEqualTo("line-ends"))
                .satisfies(hit -> assertThat(hit.excerpt()).contains("CR"));
        assertThat(pages.search("cr tracker")).isEmpty();
        assertThat(pages.search(" ?! ")).isEmpty();
    }

    @Test
    void showsASectionWithTheWordInItsHeadingFirst() {
        assertThat(pages.search("hl7").getFirst().page().name()).isEqualTo("hl7");
    }

    @Test
    void onlyTheFirstTenDifferentWordsCount() {
        assertThat(pages.search("l i n e li in ne lin ine line nowhere")).isNotEmpty();
        assertThat(pages.search("l i n e li in ne lin ine nowhere")).isEmpty();
    }

    /** The pages of this build: each link leads to a page and to a heading of it. */
    @Test
    void everyLinkOfThisBuildLeadsSomewhere() {
        DocPages all = DocPages.ofThisBuild();
        assertThat(all.all()).extracting(DocPage::name).contains("api", "guides", "hl7", "mailbox");
        for (DocPage page : all.all()) {
            Matcher links = LINK.matcher(page.html());
            while (links.find()) {
                DocPage target = links.group(1).isEmpty() ? page : all.page(links.group(1));
                assertThat(target).as("%s links to %s", page.name(), links.group()).isNotNull();
                if (!links.group(2).isEmpty()) {
                    assertThat(target.html())
                            .as("%s links to %s", page.name(), links.group())
                            .contains("id=\"" + links.group(2) + "\"");
                }
            }
        }
    }

    @Test
    void findsTheGuideToATask() {
        assertThat(DocPages.ofThisBuild().search("client certificate").getFirst().page().name())
                .isEqualTo("tls");
    }
}
