package io.switchboard.http.access;

import io.switchboard.http.ui.PagesController;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Sets the headers that restrict what a browser does with a response. Every response has {@code
 * nosniff} and {@code no-store}; only the files of the pages have the headers that apply to pages.
 * A handler can replace each of them.
 *
 * <p>Spring Security's HeaderWriterFilter is not used: it wraps each request and response, and it
 * does not see requests that the HttpFirewall rejects.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class SecurityHeadersFilter implements Filter {

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletResponse http = (HttpServletResponse) response;
        set(http);
        if (isPage((HttpServletRequest) request)) {
            http.setHeader(
                    "Content-Security-Policy",
                    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action"
                            + " 'self'");
            http.setHeader("Referrer-Policy", "no-referrer");
            http.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        }
        chain.doFilter(request, response);
    }

    /** Sets the headers that every response has. */
    public static void set(HttpServletResponse response) {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    }

    private static boolean isPage(HttpServletRequest request) {
        String path = request.getServletPath();
        return path.equals("/")
                ? PagesController.acceptsHtml(request)
                : path.equals("/docs")
                        || path.startsWith("/docs/")
                        || path.startsWith("/ui/")
                        || path.startsWith("/webjars/");
    }
}
