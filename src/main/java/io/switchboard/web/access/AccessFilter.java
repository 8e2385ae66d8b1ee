package io.switchboard.web.access;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/**
 * A filter that authenticates requests for Spring Security.
 *
 * <p>A refused request continues without authentication, because health and the files of the pages
 * are open to everybody. On all other paths the authorisation filter stops it, and {@link
 * AccessRefusalHandler} answers with the exception that this filter stored in the request.
 */
abstract class AccessFilter implements Filter {
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

    /**
     * Authenticates requests by their bearer token (RFC 6750, section 2.1). A token in a URL does
     * not count: it would appear in logs and browser histories.
     *
     * <p>A correct token passes regardless of failed attempts from the same address; otherwise a
     * client that shares its address with the owner could lock the owner out. Only wrong tokens are
     * told to wait; they are too long to be guessed in any case.
     */
    static final class TokenAuthenticationFilter extends AccessFilter {
        private static final String SCHEME = "Bearer ";
        private static final String CHALLENGE = "Bearer realm=\"switchboard\"";

        private final Tokens tokens;
        private final FailureRateLimiter failures;

        TokenAuthenticationFilter(Tokens tokens, FailureRateLimiter failures) {
            this.tokens = tokens;
            this.failures = failures;
        }

        @Override
        Authentication authenticate(HttpServletRequest request) {
            String header = request.getHeader(HttpHeaders.AUTHORIZATION);
            if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                String wrong =
                        header == null
                                ? "a token is needed"
                                : "this kind of Authorization is not taken";
                String detail = wrong + ": curl -H 'Authorization: Bearer TOKEN' ...";
                throw unauthorized("token_required", detail, CHALLENGE);
            }
            try {
                return tokens.authenticate(
                        new PreAuthenticatedAuthenticationToken(
                                "", header.substring(SCHEME.length())));
            } catch (AuthenticationException _) {
                throw wrongToken(request.getRemoteAddr());
            }
        }

        private AccessRefusedException wrongToken(String remote) {
            int wait = failures.add(remote);
            if (wait > 0) {
                String detail =
                        "more than %d wrong tokens came from this address within a minute"
                                .formatted(FailureRateLimiter.MOST);
                return new AccessRefusedException(
                                HttpStatus.TOO_MANY_REQUESTS, "too_many_failures", detail)
                        .with(HttpHeaders.RETRY_AFTER, Integer.toString(wait));
            }
            String challenge = CHALLENGE + ", error=\"invalid_token\"";
            return unauthorized("bad_token", "this is not a token of this service", challenge);
        }

        private static AccessRefusedException unauthorized(
                String reason, String detail, String challenge) {
            return new AccessRefusedException(HttpStatus.UNAUTHORIZED, reason, detail)
                    .with(HttpHeaders.WWW_AUTHENTICATE, challenge);
        }
    }
}
