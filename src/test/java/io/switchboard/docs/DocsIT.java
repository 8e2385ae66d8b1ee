package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Browser;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/** Swagger UI in a real browser, at a service that requires a token. */
@WithService
@TestPropertySource(properties = "switchboard.admin.token=" + DocsIT.TOKEN)
@DirtiesContext
class DocsIT {
    static final String TOKEN = "everything-1f0c2b9d7e";

    @Autowired private RunningService service;

    @Test
    void isOpenWithoutTheTokenThatTheApiRequires() {
        Api api = service.api();
        assertThat(api.get("/docs").status()).isEqualTo(200);
        assertThat(api.get("/openapi.json").status()).isEqualTo(200);
        assertThat(api.get("/peers").status()).isEqualTo(401);
    }

    @Test
    void thePageHasAWiderContentSecurityPolicyAndTheDocumentNone() {
        Api api = service.api();
        assertThat(api.get("/docs").headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("style-src 'self' 'unsafe-inline'", "img-src 'self' data:")
                .doesNotContain("script-src");
        assertThat(api.get("/openapi.json").headers().allValues("Content-Security-Policy"))
                .isEmpty();
        assertThat(api.get("/ui/app.js").header("Content-Security-Policy"))
                .startsWith("default-src 'self';")
                .doesNotContain("unsafe");
    }

    @Test
    void showsTheDocumentAndSendsTheTokenToThisServiceOnly() throws Exception {
        try (Browser browser = Browser.open(service.api().port())) {
            browser.requests(); // the operator's page has its own test
            browser.complaints();
            browser.visit("docs");
            browser.awaitText("#docs .info .title", "Switchboard");
            assertThat(browser.texts("#docs .opblock-summary-path")).contains("/send", "/events");

            browser.click("#docs .auth-wrapper .authorize");
            browser.type("#docs .auth-container input", TOKEN, Keys.ENTER);
            browser.click("#docs .auth-container .btn-done");
            browser.click("#operations-groups-listGroups .opblock-summary-control");
            browser.click("#operations-groups-listGroups .try-out__btn");
            browser.click("#operations-groups-listGroups .execute");
            browser.awaitText(
                    "#operations-groups-listGroups .live-responses-table .response .response-col_status",
                    "200");
            browser.picture("docs");
            browser.assertQuiet();
        }
    }
}
