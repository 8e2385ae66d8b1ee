package io.switchboard.http.ui;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.CostlyTurns;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.resource.HttpResource;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.HtmlUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code GET /}, which answers a browser with the operator's page and other clients with a list of
 * links; {@code GET /docs}, which answers with Swagger UI for {@code static/openapi.json}; and the
 * pages of the documentation below it, with a search.
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

    /**
     * The parameters of a search.
     *
     * @param q the words; without one, all pages are listed
     */
    record Search(@Nullable @Size(max = DocPages.MAX_QUERY) String q) {}

    private static final ClassPathResource DOC = new ClassPathResource("pages/doc.html");

    private final PageContent page = PageContent.read(new ClassPathResource("pages/operator.html"));
    private final PageContent docs = PageContent.read(new ClassPathResource("pages/docs.html"));

    /** The pages of the documentation that were requested, by their names. */
    private final Map<String, PageContent> docPages = new ConcurrentHashMap<>();

    private final JsonNode index;
    private final String docTemplate;

    PagesController(JsonMapper json) throws IOException {
        index = json.readTree(new ClassPathResource("pages/index.json").getContentAsByteArray());
        docTemplate = DOC.getContentAsString(UTF_8);
    }

    @GetMapping("/")
    ResponseEntity<Object> index(HttpServletRequest request) {
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.ok().header(HttpHeaders.VARY, HttpHeaders.ACCEPT);
        return acceptsHtml(request)
                ? html(answer, page.answer(request))
                : answer.contentType(MediaType.APPLICATION_JSON).body(index);
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
    ResponseEntity<Object> docs(HttpServletRequest request) {
        return html(
                ResponseEntity.ok().header("Content-Security-Policy", DOCS_POLICY),
                docs.answer(request));
    }

    private static ResponseEntity<Object> html(ResponseEntity.BodyBuilder answer, Resource page) {
        if (page instanceof HttpResource resource) {
            resource.getResponseHeaders()
                    .forEach((name, values) -> answer.header(name, values.toArray(String[]::new)));
        }
        return answer.contentType(HTML).body(page);
    }

    @GetMapping("/docs/{name}")
    ResponseEntity<Object> doc(@PathVariable String name, HttpServletRequest request)
            throws NoResourceFoundException {
        DocPage doc = DocPages.ofThisBuild().page(name);
        if (doc == null) {
            String path = "docs/" + name;
            throw new NoResourceFoundException(HttpMethod.GET, "/" + path, path);
        }
        PageContent content =
                docPages.computeIfAbsent(
                        doc.name(),
                        _ ->
                                new PageContent(
                                        DOC, docPage(doc.title(), "", doc.html()).getBytes(UTF_8)));
        return html(ResponseEntity.ok(), content.answer(request));
    }

    @GetMapping("/docs/search")
    ResponseEntity<String> search(Search search) {
        String q = Objects.requireNonNullElse(search.q, "");
        StringBuilder html = new StringBuilder();
        List<DocPages.Hit> hits = CostlyTurns.call(() -> DocPages.ofThisBuild().search(q));
        if (q.isBlank()) {
            html.append("<h1>All pages</h1>\n<ul>\n");
            for (DocPage doc : DocPages.ofThisBuild().all()) {
                html.append(
                        "<li><a href=\"%s\">%s</a>\n".formatted(doc.name(), escape(doc.title())));
            }
            html.append("</ul>\n");
        } else if (hits.isEmpty()) {
            html.append("<h1>No page contains all of these words</h1>\n")
                    .append("<p>Try fewer words, or see <a href=\"search\">all pages</a>.\n");
        } else {
            html.append("<h1>Search results</h1>\n<ul class=\"hits\">\n");
            for (DocPages.Hit hit : hits) {
                html.append(
                        "<li><a href=\"%s#%s\">%s</a>\n<p>%s\n"
                                .formatted(
                                        hit.page().name(),
                                        hit.section().anchor(),
                                        escape(title(hit)),
                                        escape(hit.excerpt())));
            }
            html.append("</ul>\n");
        }
        return ResponseEntity.ok().contentType(HTML).body(docPage("Search", q, html.toString()));
    }

    private static String title(DocPages.Hit hit) {
        String page = hit.page().title();
        String section = hit.section().title();
        return section.equals(page) ? page : page + ": " + section;
    }

    private String docPage(String title, String query, String html) {
        return docTemplate.formatted(escape(title), escape(query), html);
    }

    private static String escape(String text) {
        return HtmlUtils.htmlEscape(text, UTF_8.name());
    }
}
