package io.switchboard.web;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /docs}: Swagger UI, which shows the API's document, {@code static/openapi.json}.
 *
 * <p>That is written by hand: half of the API are servlets and bodies read token by token, of which
 * a generator sees nothing. OpenApiIT holds the running service against it.
 */
@RestController
final class DocsController {
    /** Swagger UI has styles in its elements and its pictures in its scripts. */
    private static final String POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    private final Resource page = new ClassPathResource("pages/docs.html");

    @GetMapping("/docs")
    ResponseEntity<Resource> docs() {
        return ResponseEntity.ok()
                .header("Content-Security-Policy", POLICY)
                .contentType(OperatorPage.HTML)
                .body(page);
    }
}
