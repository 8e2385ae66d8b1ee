package io.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What there is, for whoever asks the root: the operator's page in a browser, else links. */
@RestController
final class IndexController {

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

    @GetMapping("/")
    ResponseEntity<Object> index(HttpServletRequest request) {
        boolean browser = OperatorPage.isAskedFor(request);
        return ResponseEntity.ok()
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
                .contentType(browser ? OperatorPage.HTML : MediaType.APPLICATION_JSON)
                .body(browser ? page : INDEX);
    }
}
