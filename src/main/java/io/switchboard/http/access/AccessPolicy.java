package io.switchboard.http.access;

import static org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher.pathPattern;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.cluster.Cluster;
import io.switchboard.http.access.AdminProperties.AdminFailure;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.stereotype.Component;

/**
 * The configured access policy: which filter authenticates requests, and what a request needs. GET
 * and HEAD need the role {@code read}, all other methods need {@code send}, with the exceptions in
 * {@link #RULES}.
 */
@Component
final class AccessPolicy implements AuthorizationManager<HttpServletRequest> {
    private static final Logger log = LoggerFactory.getLogger(AccessPolicy.class);
    private static final AuthorizationResult GRANTED = new AuthorizationDecision(true);

    /**
     * What a request needs of its client.
     *
     * @param allPeers whether it needs a reach without restrictions
     */
    private record Need(Role role, boolean allPeers) {
        static final Need READ = new Need(Role.READ, false);
        static final Need SEND = new Need(Role.SEND, false);
    }

    /**
     * An exception for paths.
     *
     * @param reading what GET and HEAD need
     * @param changing what other methods need
     */
    private record Rule(RequestMatcher paths, Need reading, Need changing) {}

    /** The exceptions. The first rule that matches applies. */
    private static final List<Rule> RULES =
            List.of(
                    new Rule(pathPattern("/tickets"), Need.READ, Need.READ),
                    new Rule(pathPattern("/figures"), new Need(Role.READ, true), Need.SEND),
                    new Rule(pathPattern("/listeners/**"), Need.READ, new Need(Role.MANAGE, true)),
                    new Rule(
                            pathPattern("/actuator/**"),
                            new Need(Role.READ, true),
                            new Need(Role.MANAGE, true)));

    /** Settings of Spring that would move the paths of the rules, and what they may be. */
    private static final SortedMap<String, String> PATH_SETTINGS =
            new TreeMap<>(
                    Map.of(
                            "management.endpoints.web.base-path", "/actuator",
                            "management.server.base-path", "/",
                            "spring.mvc.servlet.path", "/"));

    /** A refusal, for the answer. */
    record Denied(String reason, String detail) implements AuthorizationResult {
        @Override
        public boolean isGranted() {
            return false;
        }
    }

    private final AdminProperties properties;
    private final Listeners listeners;
    private final AccessFilter authentication;
    private final Tickets tickets;
    private final Tokens tokens;
    private final String summary;

    /**
     * @param jwts verifies JWTs; there is one if Spring's settings of the resource server name an
     *     issuer or its keys
     * @throws AdminFailure if the settings contradict each other, or a cluster has no token
     */
    @Autowired
    AccessPolicy(
            AdminProperties properties,
            Cluster cluster,
            Listeners listeners,
            ObjectProvider<JwtDecoder> jwts,
            Environment environment) {
        this(properties, cluster, listeners, jwts.getIfAvailable());
        checkPaths(environment);
    }

    /**
     * Checks that Spring's settings do not move the paths that {@link #RULES} name.
     *
     * @throws AdminFailure they do
     */
    static void checkPaths(Environment environment) {
        PATH_SETTINGS.forEach(
                (key, path) -> {
                    String set = environment.getProperty(key);
                    if (set != null && !set.isBlank() && !set.equals(path)) {
                        throw new AdminFailure(
                                "%s=%s moves paths that access control recognizes"
                                        .formatted(key, set),
                                "Remove it, or set it to '%s'; server.servlet.context-path can move all paths together."
                                        .formatted(path));
                    }
                });
    }

    AccessPolicy(
            AdminProperties properties,
            Cluster cluster,
            Listeners listeners,
            @Nullable JwtDecoder jwts) {
        this.properties = properties;
        this.listeners = listeners;
        tokens = Tokens.of(properties);
        tickets =
                new Tickets(
                        () -> tokens.secret(jwts != null),
                        reader -> tokens.agrees(reader, jwts != null),
                        InstantSource.system());
        List<Client> clients = tokens.clients();
        boolean open = properties.auth() == AdminProperties.Auth.OPEN;
        if (!clients.isEmpty() || jwts != null) {
            if (open) {
                throw new AdminFailure(
                        "switchboard.admin.auth=open, and a token is set that would protect"
                                + " nothing",
                        "Remove one of the two.");
            }
            authentication =
                    new AccessFilter.TokenAuthenticationFilter(
                            tokens,
                            jwts == null ? null : new JwtTokens(jwts),
                            new FailureRateLimiter(Ticker.systemTicker()));
            summary = "HTTP requires " + accepted(clients, jwts != null);
            return;
        }
        if (properties.auth() == AdminProperties.Auth.REQUIRED) {
            throw needsToken("switchboard.admin.auth=required, and no token is set", "");
        }
        if (!cluster.single()) {
            throw needsToken(
                    "switchboard.cluster.enabled=true, and no admin token is set: a client of one node"
                            + " could reach the peers of all nodes",
                    ", the same on every node");
        }
        authentication = new HostCheckFilter(properties.allowedHosts(), open);
        summary =
                open
                        ? "switchboard.admin.auth=open: every client that reaches the HTTP port may send"
                                + " messages and close peers"
                        : "no admin token is set: HTTP is open to this machine and to private"
                                + " networks; set switchboard.admin.token"
                                + " (SWITCHBOARD_ADMIN_TOKEN) to require one";
    }

    /** Returns what authenticates a client, for people. */
    private static String accepted(List<Client> clients, boolean jwts) {
        List<String> accepted = new ArrayList<>();
        List<String> named = new ArrayList<>();
        for (Client each : clients) {
            switch (each.name()) {
                case "admin.token" -> accepted.addFirst("the admin token");
                case "admin.read-token" -> accepted.add("the read token for GET and HEAD");
                default -> named.add(each.name());
            }
        }
        if (!named.isEmpty()) {
            accepted.add(
                    (named.size() == 1 ? "the token " : "one of the tokens ")
                            + String.join(", ", named));
        }
        if (jwts) {
            accepted.add(
                    "a JWT with a scope switchboard.read, switchboard.send or switchboard.manage");
        }
        return String.join(", or ", accepted);
    }

    private static AdminFailure needsToken(String fault, String condition) {
        return new AdminFailure(
                fault,
                "Set switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN), or"
                        + " switchboard.admin.token-file, to a token of at least %d characters%s."
                                .formatted(Tokens.MIN_LENGTH, condition));
    }

    /** Logs the policy after the addresses of the service, as a warning if no token is set. */
    @EventListener(WebServerInitializedEvent.class)
    @Order(1)
    void ready() {
        boolean byToken = authentication instanceof AccessFilter.TokenAuthenticationFilter;
        log.atLevel(byToken ? Level.INFO : Level.WARN).log("access control: {}", summary);
        new TreeMap<>(properties.tokens())
                .forEach(
                        (name, token) -> {
                            warnOfEmptyReach(name, token);
                            warnOfUnknownListeners(name, token);
                        });
    }

    /** An empty list means all, which a template whose value is missing does not intend. */
    private static void warnOfEmptyReach(String name, AdminProperties.NamedToken token) {
        for (String key : token.emptyKeys()) {
            log.warn(
                    "switchboard.admin.tokens.{}.{} is empty, and so does not restrict the token: set it to names of {}, or remove it",
                    name,
                    key,
                    key);
        }
    }

    /** A listener may be opened later, and so an unknown one does not stop the start. */
    private void warnOfUnknownListeners(String name, AdminProperties.NamedToken token) {
        for (String each : Objects.requireNonNullElse(token.listeners(), Set.<String>of())) {
            if (listeners.find(each).isEmpty()) {
                log.warn(
                        "switchboard.admin.tokens.{}.listeners: there is no listener '{}' now; known are {}",
                        name,
                        each,
                        listeners.all().stream().map(Listener::name).toList());
            }
        }
    }

    /** Returns the filter that authenticates requests. */
    AccessFilter authentication() {
        return authentication;
    }

    /** Returns the filter that authenticates requests to {@code /send} and {@code /events}. */
    AccessFilter leanAuthentication() {
        return authentication instanceof AccessFilter.TokenAuthenticationFilter
                ? new TicketAuthenticationFilter(tickets, authentication)
                : authentication;
    }

    /** Returns whose the configured tokens are and when each was last used. */
    List<TokensController.Holder> holders() {
        return tokens.holders();
    }

    Tickets tickets() {
        return tickets;
    }

    /** Authorises a request to {@code /send} or {@code /events}, to which no exception applies. */
    @Override
    public AuthorizationResult authorize(
            Supplier<? extends @Nullable Authentication> client, HttpServletRequest request) {
        return authorize(client, request, reads(request) ? Need.READ : Need.SEND);
    }

    /** Authorises a request to any path. */
    AuthorizationResult authorizeByPath(
            Supplier<? extends @Nullable Authentication> client, HttpServletRequest request) {
        for (Rule rule : RULES) {
            if (rule.paths().matches(request)) {
                return authorize(
                        client, request, reads(request) ? rule.reading() : rule.changing());
            }
        }
        return authorize(client, request);
    }

    private static boolean reads(HttpServletRequest request) {
        String method = request.getMethod();
        return method.equals("GET") || method.equals("HEAD");
    }

    private static AuthorizationResult authorize(
            Supplier<? extends @Nullable Authentication> authentication,
            HttpServletRequest request,
            Need need) {
        Authentication authenticated = authentication.get();
        if (authenticated == null || !(authenticated.getPrincipal() instanceof Client client)) {
            return new AuthorizationDecision(false); // the reason is in the request
        }
        String method = request.getMethod();
        if (!client.roles().contains(need.role())) {
            return new Denied(
                    "forbidden_role",
                    "%s needs the role %s here: '%s' has %s"
                            .formatted(
                                    method,
                                    need.role().word(),
                                    client.name(),
                                    Role.words(client.roles())));
        }
        if (need.allPeers() && !client.reach().includesAll()) {
            return new Denied(
                    "forbidden_reach",
                    "%s concerns the peers of all listeners and groups here: '%s' reaches only some"
                            .formatted(method, client.name()));
        }
        return GRANTED;
    }
}
