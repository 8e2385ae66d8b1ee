package io.switchboard.http.ui;

import java.util.List;

/**
 * A page of the documentation.
 *
 * @param name the last segment of its path, {@code /docs/NAME}
 * @param title its first heading
 * @param html its content as HTML
 * @param sections its headings, each with the text up to the next one
 */
record DocPage(String name, String title, String html, List<Section> sections) {

    /**
     * A part of a page.
     *
     * @param anchor the id of its heading in the HTML
     * @param title its heading
     * @param text its text without markup
     */
    record Section(String anchor, String title, String text) {}
}
