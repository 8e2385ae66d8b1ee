package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpStatus;

/**
 * Lets in who has a token (RFC 6750, section 2.1, and only that: a token in a URL would be in logs
 * and histories).
 *
 * <p>A right token passes however many wrong ones came from the same address: else who shares an
 * address with the owner could lock him out. Wrong ones are told to wait; they are too long to be
 * guessed anyway.
 */
record ByToken(Tokens tokens, Failures failures) implements Policy {
    private static final String SCHEME = "Bearer ";
    private static final String CHALLENGE = "Bearer realm=\"switchboard\"";

    @Override
    public Verdict judge(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null) {
            return Verdict.Refused.unauthorized(
                    "token_required",
                    "a token is needed: curl -H 'Authorization: Bearer TOKEN' ...",
                    CHALLENGE);
        }
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Verdict.Refused.unauthorized(
                    "token_required",
                    "this kind of Authorization is not taken: curl -H 'Authorization: Bearer"
                            + " TOKEN' ...",
                    CHALLENGE);
        }
        Role role = tokens.role(header, SCHEME.length());
        return role == null ? wrong(request.getRemoteAddr()) : Verdict.Admitted.of(role);
    }

    private Verdict wrong(String remote) {
        int wait = failures.add(remote);
        if (wait > 0) {
            return new Verdict.Refused(
                    HttpStatus.TOO_MANY_REQUESTS,
                    "too_many_failures",
                    "more than "
                            + Failures.MOST
                            + " wrong tokens came from this address within a minute",
                    null,
                    wait);
        }
        return Verdict.Refused.unauthorized(
                "bad_token",
                "this is not a token of this service",
                CHALLENGE + ", error=\"invalid_token\"");
    }

    @Override
    public String line() {
        return tokens.hasReadToken()
                ? "HTTP takes the admin token, and for GET and HEAD the read token"
                : "HTTP takes the admin token";
    }

    @Override
    public boolean isLax() {
        return false;
    }
}
