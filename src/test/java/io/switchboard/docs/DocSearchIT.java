package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The pages of the documentation and their search, as the service serves them. */
@WithService
class DocSearchIT {
    @Autowired private RunningService service;

    @Test
    void servesThePagesAsHtmlWithAPolicy() {
        Api.Answer page = service.api().get("/docs/mailbox");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo("text/html;charset=UTF-8");
        assertThat(page.header("Content-Security-Policy")).startsWith("default-src 'self';");
        assertThat(page.body()).contains("<title>Switchboard: Stored messages</title>");
    }

    @Test
    void findsASectionAndLinksToIt() {
        assertThat(service.api().get("/docs/search?q=idempotency-key+ttl").body())
                .contains("<a href=\"mailbox#requests\">Stored messages: Requests</a>");
    }

    @Test
    void listsAllPagesWithoutAQuery() {
        assertThat(service.api().get("/docs/search").body())
                .contains("<a href=\"hl7\">HL7</a>", "<a href=\"guides\">Guides</a>");
    }

    @Test
    void escapesTheQuery() {
        assertThat(service.api().get("/docs/search?q=%22%3E%3Cscript%3E%25s").body())
                .contains("value=\"&quot;&gt;&lt;script&gt;%s\"")
                .doesNotContain("<script>");
    }

    @Test
    void refusesAQueryThatIsTooLong() {
        assertThat(service.api().get("/docs/search?q=" + "a".repeat(201)).status()).isEqualTo(400);
    }

    @Test
    void anUnknownPageIsNotFound() {
        assertThat(service.api().get("/docs/nowhere").status()).isEqualTo(404);
    }
}
