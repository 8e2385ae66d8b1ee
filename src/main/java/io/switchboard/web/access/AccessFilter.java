package io.switchboard.web.access;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.WebAttributes;

/**
 * A filter that authenticates requests for Spring Security.
 *
 * <p>A refused request continues without authentication, because health and the files of the pages
 * are open to everybody. On all other paths the authorisation filter stops it, and {@link
 * AccessRefusalHandler} answers with the exception that this filter stored in the request.
 */
abstract class AccessFilter implements Filter {
    static final Authentication SENDER = Role.SEND.authentication();

    /**
     * Returns whose request this is. Every {@code POST /send} runs this on its own thread.
     *
     * @throws AccessRefusedException the request is not let in
     */
    abstract Authentication authenticate(HttpServletRequest request);

    @Override
    public final void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        try {
            Authentication authentication = authenticate((HttpServletRequest) request);
            SecurityContextHolder.setContext(new SecurityContextImpl(authentication));
        } catch (AccessRefusedException e) {
            request.setAttribute(WebAttributes.AUTHENTICATION_EXCEPTION, e);
        }
        chain.doFilter(request, response); // FilterChainProxy clears the context
    }
}
