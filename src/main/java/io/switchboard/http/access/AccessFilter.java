package io.switchboard.http.access;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.WebAttributes;

/**
 * A filter that authenticates requests for Spring Security.
 *
 * <p>A refused request continues without authentication, because health and the files of the pages
 * are open to every client. On all other paths the authorisation filter stops it, and {@link
 * AccessRefusalHandler} answers with the exception that this filter stored in the request.
 */
abstract class AccessFilter implements Filter {
    /**
     * Returns the authentication of the client. Called on the thread of every request, so that its
     * time is part of every {@code POST /send}.
     *
     * @throws AccessRefusedException if the client may not send this request
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
     * Authenticates requests by their bearer token (RFC 6750, section 2.1). A token in a URL is not
     * accepted, because it would appear in logs and browser histories.
     *
     * <p>A correct token passes regardless of failed attempts from the same address; otherwise a
     * client that shares its address with the owner could lock the owner out. Only wrong tokens are
     * rate-limited; tokens are too long to be guessed in any case. A JWT that is not known yet
     * costs a verification, and so an address with too many failures has to wait with it.
     */
    static final class TokenAuthenticationFilter extends AccessFilter {
        private static final String SCHEME = "Bearer ";
        private static final String CHALLENGE = "Bearer realm=\"switchboard\"";
        private static final String RETRY_AFTER_SECONDS = "5";

        private final Tokens tokens;
        private final @Nullable JwtTokens jwts;
        private final FailureRateLimiter failures;

        TokenAuthenticationFilter(
                Tokens tokens, @Nullable JwtTokens jwts, FailureRateLimiter failures) {
            this.tokens = tokens;
            this.jwts = jwts;
            this.failures = failures;
        }

        @Override
        Authentication authenticate(HttpServletRequest request) {
            String header = request.getHeader(HttpHeaders.AUTHORIZATION);
            if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                String fault =
                        header == null
                                ? "a token is required"
                                : "the Authorization header is not of the scheme Bearer";
                String detail = fault + ": curl -H 'Authorization: Bearer TOKEN' ...";
                throw unauthorized("token_required", detail, CHALLENGE);
            }
            String token = header.substring(SCHEME.length());
            Authentication known = tokens.find(token);
            if (known != null) {
                return known;
            }
            if (jwts != null && JwtTokens.isJwt(token)) {
                return authenticate(jwts, token, request.getRemoteAddr());
            }
            throw wrongToken(failures.add(request.getRemoteAddr()));
        }

        private Authentication authenticate(JwtTokens issued, String token, String remote) {
            Authentication known = issued.known(token);
            if (known != null) {
                return known;
            }
            int wait = failures.secondsToWait(remote);
            if (wait > 0) {
                throw wrongToken(wait);
            }
            return switch (issued.verify(token)) {
                case JwtTokens.Result.Verified(Authentication client) -> client;
                case JwtTokens.Result.Refused _ -> throw wrongToken(failures.add(remote));
                case JwtTokens.Result.Unavailable _ ->
                        throw new AccessRefusedException(
                                        HttpStatus.SERVICE_UNAVAILABLE,
                                        "issuer_unavailable",
                                        "the issuer of the JWT does not answer, so that the token cannot be verified: try again later, or use a token of this service")
                                .with(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            };
        }

        /** {@code wait} is the number of seconds for which the address has to wait; 0 for none. */
        private static AccessRefusedException wrongToken(int wait) {
            if (wait > 0) {
                String detail =
                        "more than %d wrong tokens came from this address within a minute"
                                .formatted(FailureRateLimiter.LIMIT);
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
