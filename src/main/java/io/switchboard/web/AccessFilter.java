package io.switchboard.web;

import io.switchboard.web.access.Access;
import io.switchboard.web.access.Role;
import io.switchboard.web.access.Verdict;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;

/**
 * Tells Spring Security what {@link Access} says of a request. One that is refused goes on as
 * nobody's, for the few paths that are everybody's, with the refusal for the others.
 */
final class AccessFilter implements Filter {
    private static final String REFUSAL = AccessFilter.class.getName();
    private static final Authentication READER = authentication(Role.READ);
    private static final Authentication SENDER = authentication(Role.SEND);

    private final Access access;

    AccessFilter(Access access) {
        this.access = access;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        switch (access.judge((HttpServletRequest) request)) {
            case Verdict.Admitted(Role role) ->
                    SecurityContextHolder.setContext(
                            new SecurityContextImpl(role == Role.SEND ? SENDER : READER));
            case Verdict.Refused refused -> request.setAttribute(REFUSAL, refused);
        }
        chain.doFilter(request, response); // who called the chain clears the context
    }

    /** Why the request was refused; null where it was let in. */
    static Verdict.@Nullable Refused refusal(HttpServletRequest request) {
        return (Verdict.Refused) request.getAttribute(REFUSAL);
    }

    private static Authentication authentication(Role role) {
        List<GrantedAuthority> authorities =
                Arrays.stream(Role.values())
                        .filter(role::covers)
                        .<GrantedAuthority>map(
                                covered -> new SimpleGrantedAuthority("ROLE_" + covered.word()))
                        .toList();
        return UsernamePasswordAuthenticationToken.authenticated(role.word(), null, authorities);
    }
}
