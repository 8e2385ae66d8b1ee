package io.switchboard.web.access;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.cluster.Cluster;
import io.switchboard.web.access.AdminProperties.AdminFailure;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authorization.AuthorityAuthorizationManager;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.stereotype.Component;

/**
 * The configured access policy: which filter authenticates requests, and which role a request
 * needs. GET and HEAD need the role {@code read}, all other methods need {@code send}.
 */
@Component
final class AccessPolicy implements AuthorizationManager<HttpServletRequest> {
    private static final Logger log = LoggerFactory.getLogger(AccessPolicy.class);
    private static final AuthorityAuthorizationManager<HttpServletRequest> READ =
            AuthorityAuthorizationManager.hasRole(Role.READ.word());
    private static final AuthorityAuthorizationManager<HttpServletRequest> SEND =
            AuthorityAuthorizationManager.hasRole(Role.SEND.word());

    private final AccessFilter authentication;
    private final String line;

    /**
     * @throws AdminFailure the settings contradict each other, or a cluster has no token
     */
    AccessPolicy(AdminProperties properties, Cluster cluster) {
        Tokens tokens = Tokens.of(properties);
        boolean open = properties.auth() == AdminProperties.Auth.OPEN;
        if (tokens.areSet()) {
            if (open) {
                throw new AdminFailure(
                        "switchboard.admin.auth=open, and a token is set that would protect"
                                + " nothing",
                        "Remove one of the two.");
            }
            authentication =
                    new AccessFilter.TokenAuthenticationFilter(
                            tokens, new FailureRateLimiter(Ticker.systemTicker()));
            String also = tokens.haveReadToken() ? ", and for GET and HEAD the read token" : "";
            line = "HTTP takes the admin token" + also;
            return;
        }
        if (properties.auth() == AdminProperties.Auth.REQUIRED) {
            throw needsToken("switchboard.admin.auth=required, and no token is set", "");
        }
        if (!cluster.single()) {
            throw needsToken(
                    "switchboard.cluster.enabled=true, and no admin token is set: any node lets its"
                            + " clients at the peers of all of them",
                    ", the same at every node");
        }
        authentication = new HostCheckFilter(properties.allowedHosts(), open);
        line =
                open
                        ? "switchboard.admin.auth=open: whoever reaches HTTP may send and close"
                        : "no admin token is set: HTTP is open to this machine and to private"
                                + " networks; set switchboard.admin.token"
                                + " (SWITCHBOARD_ADMIN_TOKEN) to require one";
    }

    private static AdminFailure needsToken(String wrong, String more) {
        return new AdminFailure(
                wrong,
                "Set switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN), or"
                        + " switchboard.admin.token-file, to a token of at least %d characters%s."
                                .formatted(Tokens.SHORTEST, more));
    }

    /** Logs the policy after the lines that say where to connect; without a token as a warning. */
    @EventListener(WebServerInitializedEvent.class)
    @Order(1)
    void ready() {
        boolean locked = authentication instanceof AccessFilter.TokenAuthenticationFilter;
        log.atLevel(locked ? Level.INFO : Level.WARN).log("lock: {}", line);
    }

    /** Returns the filter that authenticates requests. */
    AccessFilter authentication() {
        return authentication;
    }

    @Override
    public AuthorizationResult authorize(
            Supplier<? extends @Nullable Authentication> authentication,
            HttpServletRequest request) {
        String method = request.getMethod();
        boolean reads = method.equals("GET") || method.equals("HEAD");
        return (reads ? READ : SEND).authorize(authentication, request);
    }

    /** What a client may do over HTTP. A role includes all roles before it. */
    enum Role {
        /** Read peers, messages and events: GET and HEAD. */
        READ,

        /** Everything. */
        SEND;

        /**
         * Returns the name of the role in the configuration and in Spring Security's expressions.
         */
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
}
