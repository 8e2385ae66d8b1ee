package io.switchboard.web.access;

import java.util.Arrays;
import java.util.Locale;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;

/** What a client may do over HTTP. A role includes all roles before it. */
enum Role {
    /** Read peers, messages and events: GET and HEAD. */
    READ,

    /** Everything. */
    SEND;

    /** Returns the name of the role in the configuration and in Spring Security's expressions. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns an authentication with this role and those before it, for requests to share. */
    Authentication authentication() {
        String[] included =
                Arrays.stream(values())
                        .filter(role -> role.compareTo(this) <= 0)
                        .map(role -> "ROLE_" + role.word())
                        .toArray(String[]::new);
        return UsernamePasswordAuthenticationToken.authenticated(
                word(), null, AuthorityUtils.createAuthorityList(included));
    }
}
