package io.switchboard.http.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.filter.CorsFilter;

/**
 * Cross-origin resource sharing: the origins whose pages may call the API from a browser. A page
 * sends its token in the Authorization header; there are no cookies, so no other credentials are
 * allowed. Spring's filter answers preflight requests and sets the headers; {@link
 * CrossOriginFilter} gives it only requests of allowed origins and refuses all others.
 */
@Component
final class Cors {
    private static final String KEY = AdminProperties.PREFIX + ".allowed-origins";

    /** The headers of a response are bounded, and the origin is one of them. */
    private static final int MAX_LENGTH = 100;

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    /** A wildcard would repeat every header of a request in the response. */
    private static final List<String> REQUEST_HEADERS =
            List.of(
                    HttpHeaders.ACCEPT,
                    HttpHeaders.AUTHORIZATION,
                    HttpHeaders.CACHE_CONTROL,
                    HttpHeaders.CONTENT_TYPE,
                    "Idempotency-Key",
                    "Last-Event-ID");

    private static final List<String> RESPONSE_HEADERS =
            List.of(HttpHeaders.LOCATION, HttpHeaders.RETRY_AFTER, HttpHeaders.WWW_AUTHENTICATE);

    private static final Duration PREFLIGHT_AGE = Duration.ofMinutes(10);

    private final Set<String> origins;
    private final CorsFilter filter;

    /**
     * @throws AdminProperties.AdminFailure if a value is not an origin
     */
    Cors(CorsProperties properties) {
        List<String> allowed = properties.allowedOrigins();
        allowed.forEach(Cors::check);
        origins = Set.copyOf(allowed);
        CorsConfiguration configuration = new CorsConfiguration();
        configuration.setAllowedOrigins(allowed);
        configuration.setAllowedMethods(METHODS);
        configuration.setAllowedHeaders(REQUEST_HEADERS);
        configuration.setExposedHeaders(RESPONSE_HEADERS);
        configuration.setMaxAge(PREFLIGHT_AGE);
        filter = new CorsFilter(_ -> configuration);
    }

    private static void check(String origin) {
        String fault = fault(origin);
        if (fault != null) {
            throw new AdminProperties.AdminFailure(
                    KEY + "=" + origin + ": " + fault,
                    "Set it to origins as browsers send them, such as https://app.example or"
                            + " http://10.0.0.5:3000.");
        }
    }

    private static @Nullable String fault(String origin) {
        if (origin.contains("*")) {
            return "a wildcard would let pages of sites that you do not know call the service from"
                    + " the browsers of its users";
        }
        if (origin.length() > MAX_LENGTH) {
            return "an origin has at most " + MAX_LENGTH + " characters";
        }
        URI uri;
        try {
            uri = new URI(origin);
        } catch (URISyntaxException e) {
            return "it is not an origin: " + e.getReason();
        }
        String scheme = uri.getScheme();
        if (scheme == null || uri.getHost() == null) {
            return "it is not an origin: it has no scheme or no host";
        }
        String own =
                scheme + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        if (!origin.equals(own)) {
            return "an origin has only a scheme, a host and a port: " + own;
        }
        if (!origin.equals(origin.toLowerCase(Locale.ROOT))) {
            return "browsers send an origin in lower case";
        }
        if (uri.getPort() == (scheme.equals("https") ? 443 : 80)) {
            return "browsers leave out the default port";
        }
        return null;
    }

    /** Returns whether pages of any other origin may call. */
    boolean enabled() {
        return !origins.isEmpty();
    }

    /** Returns whether the value of an Origin header is allowed. */
    boolean allows(@Nullable String origin) {
        return origin != null && origins.contains(origin);
    }

    /** Answers a preflight request, or sets the headers and continues with the chain. */
    void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        filter.doFilter(request, response, chain);
    }
}
