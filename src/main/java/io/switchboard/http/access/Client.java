package io.switchboard.http.access;

import io.switchboard.delivery.IdempotencyKey;
import io.switchboard.peer.Reach;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * The client of a request: the principal of every authentication of this service. A handler method
 * has it as a parameter with {@code @AuthenticationPrincipal}; a servlet calls {@link #current}.
 *
 * @param name what log lines and errors call it: the name of a token, {@code admin.token}, {@code
 *     admin.read-token}, {@code local} while no token is set, or {@code jwt:SUBJECT}
 * @param keySpace the clients with the same value share their idempotency keys
 * @param roles what it may do
 * @param reach the peers that it may see and reach
 */
public record Client(String name, String keySpace, Set<Role> roles, Reach reach)
        implements AuthenticatedPrincipal {
    /** The authority of a client that may read everything, which the details of health need. */
    private static final GrantedAuthority READS_ALL = new SimpleGrantedAuthority("ROLE_read");

    /** Every client while no token is set. */
    public static final Client LOCAL =
            new Client("local", "", EnumSet.allOf(Role.class), Reach.ALL);

    @Override
    public String getName() {
        return name;
    }

    /** Returns the client of the request that this thread executes. */
    public static Client current() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        return (Client)
                Objects.requireNonNull(
                        Objects.requireNonNull(authentication, "authentication").getPrincipal());
    }

    /** Returns the name under which the result of a request is stored; null without a key. */
    public @Nullable String scoped(@Nullable String idempotencyKey) {
        return idempotencyKey == null ? null : IdempotencyKey.of(keySpace, idempotencyKey);
    }

    /** Returns an authentication of this client, which requests can share. */
    Authentication authentication() {
        List<GrantedAuthority> authorities = new ArrayList<>(1);
        if (roles.contains(Role.READ) && reach.includesAll()) {
            authorities.add(READS_ALL);
        }
        return UsernamePasswordAuthenticationToken.authenticated(this, null, authorities);
    }
}
