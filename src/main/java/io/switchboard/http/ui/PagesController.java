package io.switchboard.http.ui;

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
 * {@code GET /}, which answers a browser with the operator's page and other clients with a list of
 * links; and {@code GET /docs}, which answers with Swagger UI for {@code static/openapi.json}.
 *
 * <p>The OpenAPI document is written by hand, because a generator does not see the servlets and the
 * bodies that are parsed token by token. OpenApiIT compares it with the running service.
 */
@RestController
public final class PagesController {
    private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, UTF_8);

    /** Swagger UI uses inline styles and images in data: URLs. */
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
        boolean browser = acceptsHtml(request);
        return ResponseEntity.ok()
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
                .contentType(browser ? HTML : MediaType.APPLICATION_JSON)
                .body(browser ? page : index);
    }

    /**
     * Returns whether the Accept header contains text/html, as that of browsers does but not
     * curl's.
     */
    public static boolean acceptsHtml(HttpServletRequest request) {
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
