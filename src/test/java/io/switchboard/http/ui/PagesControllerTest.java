package io.switchboard.http.ui;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.HeldTurns;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PagesControllerTest {
    @Test
    void theDocumentationIsSearchedInATurn() throws Exception {
        PagesController pages = new PagesController(new JsonMapper());
        PagesController.Search search = new PagesController.Search("framing");
        HeldTurns.assertTakesATurn(
                () -> assertThat(pages.search(search).getBody()).contains("Search results"));
    }
}
