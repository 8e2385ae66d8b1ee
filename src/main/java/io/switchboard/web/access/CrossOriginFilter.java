package io.switchboard.web.access;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Refuses requests that a browser sends on behalf of a page of another origin, whatever their
 * method, so that no web site can read or send in the name of its visitor. Programs other than
 * browsers send neither header (Fetch Metadata, section 2.4; RFC 6454, section 7).
 *
 * <p>Spring's CorsFilter does not do this: it reads only Origin, which browsers omit from most GET
 * requests.
 */
final class CrossOriginFilter implements Filter {
    private final RequestMatcher open;
    private final AuthenticationEntryPoint refusal;

    /**
     * @param open requests that pages of other origins may send
     */
    CrossOriginFilter(RequestMatcher open, AuthenticationEntryPoint refusal) {
        this.open = open;
        this.refusal = refusal;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        String header = foreignHeader(http);
        if (header == null || open.matches(http)) {
            chain.doFilter(request, response);
            return;
        }
        String detail =
                "a browser sent this for a page of another origin (%s): only this service's own pages may call it; a back end may, for them"
                        .formatted(header);
        AccessRefusedException refused = AccessRefusedException.forbidden("cross_origin", detail);
        refusal.commence(http, (HttpServletResponse) response, refused);
    }

    /** Returns the header that names another origin, or null if there is none. */
    private static @Nullable String foreignHeader(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return "Sec-Fetch-Site: " + site;
        }
        String origin = request.getHeader("Origin");
        return origin == null || isOwn(origin, request) ? null : "Origin: " + origin;
    }

    /** Compares scheme, host and port. Browsers omit the default port of the scheme. */
    private static boolean isOwn(String origin, HttpServletRequest request) {
        String scheme = request.getScheme();
        String own = scheme + "://" + request.getHeader("Host");
        return origin.equalsIgnoreCase(own)
                || (origin + (scheme.equals("https") ? ":443" : ":80")).equalsIgnoreCase(own);
    }
}
