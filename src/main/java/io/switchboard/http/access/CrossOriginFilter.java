package io.switchboard.http.access;

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
 * method, so that no web site can read or send in the name of its visitor. It recognises them by
 * Sec-Fetch-Site (Fetch Metadata, section 2.4) or Origin (RFC 6454, section 7), which programs
 * other than browsers do not send.
 *
 * <p>Spring's CorsFilter does not do this: it reads only Origin, which browsers omit from most GET
 * requests. It serves the requests of origins that {@link Cors} allows.
 */
final class CrossOriginFilter implements Filter {
    private final RequestMatcher open;
    private final Cors cors;
    private final AuthenticationEntryPoint refusal;

    /**
     * @param open matches the requests that pages of all origins may send
     * @param cors the origins whose pages may send every request
     */
    CrossOriginFilter(RequestMatcher open, Cors cors, AuthenticationEntryPoint refusal) {
        this.open = open;
        this.cors = cors;
        this.refusal = refusal;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        if (cors.enabled()) {
            if (cors.allows(http.getHeader("Origin"))) {
                cors.doFilter(http, (HttpServletResponse) response, chain);
                return;
            }
            ((HttpServletResponse) response).addHeader("Vary", "Origin");
        }
        String header = crossOriginHeader(http);
        if (header == null || open.matches(http)) {
            chain.doFilter(request, response);
            return;
        }
        String detail =
                "a browser sent this for a page of another origin (%s): only pages of this service may call it, and those of switchboard.admin.allowed-origins"
                        .formatted(header);
        AccessRefusedException refused = AccessRefusedException.forbidden("cross_origin", detail);
        refusal.commence(http, (HttpServletResponse) response, refused);
    }

    /** Returns the header that names another origin, or null if there is none. */
    private static @Nullable String crossOriginHeader(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return "Sec-Fetch-Site: " + site;
        }
        String origin = request.getHeader("Origin");
        return origin == null || isSameOrigin(origin, request) ? null : "Origin: " + origin;
    }

    /** Compares scheme, host and port. Browsers omit the default port of the scheme. */
    private static boolean isSameOrigin(String origin, HttpServletRequest request) {
        String scheme = request.getScheme();
        String own = scheme + "://" + request.getHeader("Host");
        return origin.equalsIgnoreCase(own)
                || (origin + (scheme.equals("https") ? ":443" : ":80")).equalsIgnoreCase(own);
    }
}
