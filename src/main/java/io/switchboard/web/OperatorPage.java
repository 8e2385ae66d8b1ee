package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher.pathPattern;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * What a browser loads before it asks for anything: the page at the root, its scripts and styles.
 * The same for everybody, and nothing in it says who is connected.
 */
final class OperatorPage {
    static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, UTF_8);

    /** Its files: open also without a token, for the page itself asks for that. */
    static final RequestMatcher FILES =
            new OrRequestMatcher(
                    request ->
                            OperatorPage.isAskedFor(request)
                                    && pathPattern(HttpMethod.GET, "/").matches(request),
                    pathPattern(HttpMethod.GET, "/ui/**"),
                    pathPattern(HttpMethod.GET, "/webjars/**"));

    private OperatorPage() {}

    /** Browsers say that they take HTML; curl and its like take anything. */
    static boolean isAskedFor(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return accept != null && accept.contains(MediaType.TEXT_HTML_VALUE);
    }
}
