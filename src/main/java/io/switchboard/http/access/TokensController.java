package io.switchboard.http.access;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /tokens}: what the client may do, and the configured tokens. */
@RestController
final class TokensController {

    /**
     * The holder of a token.
     *
     * @param name the name of the token, as in log lines and errors
     * @param listeners the listeners whose peers it reaches; empty for all
     * @param groups the groups whose peers it reaches; empty for all
     * @param lastUsedAt when this node last accepted the token, to the second; null if it has not
     *     since the start
     */
    record Holder(
            String name,
            List<String> roles,
            Set<String> listeners,
            Set<String> groups,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant lastUsedAt) {
        static Holder of(Client client, @Nullable Instant lastUsedAt) {
            return new Holder(
                    client.name(),
                    client.roles().stream()
                            .map(role -> role.name().toLowerCase(Locale.ROOT))
                            .sorted()
                            .toList(),
                    client.reach().listeners(),
                    client.reach().groups(),
                    lastUsedAt);
        }
    }

    /**
     * The answer of {@code GET /tokens}.
     *
     * @param self the client that asks
     * @param tokens the configured tokens by name; null if the client may not see them
     */
    record Page(
            Holder self,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Holder> tokens) {}

    private final AccessPolicy policy;

    TokensController(AccessPolicy policy) {
        this.policy = policy;
    }

    /** Lists the tokens, never their values, for a client with role manage that reaches all. */
    @GetMapping("/tokens")
    Page list(@AuthenticationPrincipal Client client) {
        boolean all = client.roles().contains(Role.MANAGE) && client.reach().includesAll();
        return new Page(Holder.of(client, null), all ? policy.holders() : null);
    }
}
