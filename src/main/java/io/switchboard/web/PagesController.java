package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The root, which is the operator's page in a browser and otherwise a list of links, and {@code GET
 * /docs}: Swagger UI, which shows the API's document, {@code static/openapi.json}.
 *
 * <p>That document is written by hand: half of the API are servlets and bodies that are read token
 * by token, which a generator does not see. OpenApiIT checks the running service against it.
 */
@RestController
public final class PagesController {
    private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, UTF_8);

    /** Swagger UI has styles in its elements and its pictures in its scripts. */
    private static final String DOCS_POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    private final Resource page = new ClassPathResource("pages/operator.html");
    private final Resource docs = new ClassPathResource("pages/docs.html");
    private final JsonNode index;

    PagesController(JsonMapper json) throws IOException {
        index = json.readTree(new ClassPathResource("pages/index.json").getContentAsByteArray());
    }

    @GetMapping("/")
    ResponseEntity<Object> index(HttpServletRequest request) {
        boolean browser = isPageAskedFor(request);
        return ResponseEntity.ok()
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
                .contentType(browser ? HTML : MediaType.APPLICATION_JSON)
                .body(browser ? page : index);
    }

    /** Returns whether the client accepts HTML by name, as browsers do; curl accepts any type. */
    public static boolean isPageAskedFor(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return accept != null && accept.contains(MediaType.TEXT_HTML_VALUE);
    }

    @GetMapping("/docs")
    ResponseEntity<Resource> docs() {
        return ResponseEntity.ok()
                .header("Content-Security-Policy", DOCS_POLICY)
                .contentType(HTML)
                .body(docs);
    }
}
