package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

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

    /** One thing that can be asked for. */
    record Link(String method, String path, String does) {}

    record Index(String service, List<Link> links) {}

    private static final Index INDEX =
            new Index(
                    "switchboard",
                    List.of(
                            new Link("GET", "/peers", "who is connected"),
                            new Link("GET", "/peers/{peer}", "one peer"),
                            new Link("PATCH", "/peers/{peer}", "name, groups, options"),
                            new Link("DELETE", "/peers/{peer}", "close one peer"),
                            new Link("POST", "/peers", "connect to somebody"),
                            new Link("GET", "/calls", "who is kept connected"),
                            new Link("POST", "/peers/close", "close many"),
                            new Link("GET", "/peers/{peer}/messages", "what it has said"),
                            new Link("GET", "/groups", "groups, and how many are in each"),
                            new Link("PUT", "/groups/{group}/peers/{peer}", "into a group"),
                            new Link("DELETE", "/groups/{group}/peers/{peer}", "out of it"),
                            new Link("POST", "/send?to=all", "the body to every peer"),
                            new Link("POST", "/send?to={peer}", "the body to one peer"),
                            new Link("POST", "/send?to=group:{group}", "the body to a group"),
                            new Link("GET", "/events", "what happens to peers, as it happens"),
                            new Link("GET", "/listeners", "what is bound, and how full it is"),
                            new Link("GET", "/nodes", "the nodes that are this service"),
                            new Link("GET", "/docs", "all of this, to read and to try"),
                            new Link("GET", "/openapi.json", "the same for programs"),
                            new Link("GET", "/actuator/health", "health"),
                            new Link("GET", "/actuator/prometheus", "metrics"),
                            new Link("GET", "/actuator/sbom/application", "what it is made of")));

    private final Resource page = new ClassPathResource("pages/operator.html");
    private final Resource docs = new ClassPathResource("pages/docs.html");

    @GetMapping("/")
    ResponseEntity<Object> index(HttpServletRequest request) {
        boolean browser = isPageAskedFor(request);
        return ResponseEntity.ok()
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
                .contentType(browser ? HTML : MediaType.APPLICATION_JSON)
                .body(browser ? page : INDEX);
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
