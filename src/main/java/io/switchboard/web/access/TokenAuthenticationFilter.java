package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/**
 * Authenticates requests by their bearer token (RFC 6750, section 2.1). A token in a URL does not
 * count: it would appear in logs and browser histories.
 *
 * <p>A correct token passes regardless of failed attempts from the same address; otherwise a client
 * that shares its address with the owner could lock the owner out. Only wrong tokens are told to
 * wait; they are too long to be guessed in any case.
 */
final class TokenAuthenticationFilter extends AccessFilter {
    private static final String SCHEME = "Bearer ";
    private static final String CHALLENGE = "Bearer realm=\"switchboard\"";

    private final AuthenticationManager tokens;
    private final FailureRateLimiter failures;

    /**
     * @param tokens takes a token as credentials and throws an exception if it is wrong
     */
    TokenAuthenticationFilter(AuthenticationManager tokens, FailureRateLimiter failures) {
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
            throw unauthorized(
                    "token_required",
                    wrong + ": curl -H 'Authorization: Bearer TOKEN' ...",
                    CHALLENGE);
        }
        try {
            return tokens.authenticate(
                    new PreAuthenticatedAuthenticationToken("", header.substring(SCHEME.length())));
        } catch (AuthenticationException _) {
            throw wrongToken(request.getRemoteAddr());
        }
    }

    private AccessRefusedException wrongToken(String remote) {
        int wait = failures.add(remote);
        if (wait > 0) {
            return new AccessRefusedException(
                            HttpStatus.TOO_MANY_REQUESTS,
                            "too_many_failures",
                            "more than "
                                    + FailureRateLimiter.MOST
                                    + " wrong tokens came from this address within a minute")
                    .with(HttpHeaders.RETRY_AFTER, Integer.toString(wait));
        }
        return unauthorized(
                "bad_token",
                "this is not a token of this service",
                CHALLENGE + ", error=\"invalid_token\"");
    }

    private static AccessRefusedException unauthorized(
            String reason, String detail, String challenge) {
        return new AccessRefusedException(HttpStatus.UNAUTHORIZED, reason, detail)
                .with(HttpHeaders.WWW_AUTHENTICATE, challenge);
    }
}
