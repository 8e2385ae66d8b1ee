package io.switchboard.http.access;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * The settings of access control over HTTP. {@link Tokens} validates the tokens, not Bean
 * Validation, because Boot prints a value that fails to bind.
 *
 * @param auth whether requests need a token
 * @param token the token of all roles
 * @param tokenFile a file that contains this token, instead of {@code token}
 * @param readToken the token of the role {@code read}
 * @param readTokenFile a file that contains this token, instead of {@code readToken}
 * @param tokens further tokens by name
 * @param allowedHosts host names that the Host header may contain while no token is set, in
 *     addition to local names
 */
@ConfigurationProperties(AdminProperties.PREFIX)
public record AdminProperties(
        @DefaultValue("auto") Auth auth,
        @Nullable String token,
        @Nullable Path tokenFile,
        @Nullable String readToken,
        @Nullable Path readTokenFile,
        @DefaultValue Map<String, NamedToken> tokens,
        @DefaultValue List<String> allowedHosts) {
    static final String PREFIX = "switchboard.admin";

    /**
     * A token with roles and a reach.
     *
     * @param token the token
     * @param tokenFile a file that contains the token, instead of {@code token}
     * @param roles what its holder may do: {@code read}, {@code send}, {@code manage}
     * @param listeners the listeners whose peers its holder may reach; null or empty for all
     * @param groups the groups whose peers its holder may reach; null or empty for all
     */
    public record NamedToken(
            @Nullable String token,
            @Nullable Path tokenFile,
            @DefaultValue Set<String> roles,
            @Nullable Set<String> listeners,
            @Nullable Set<String> groups) {

        /** Returns the keys of the reach that are set, and to nothing, so that they mean all. */
        List<String> emptyKeys() {
            List<String> empty = new ArrayList<>(0);
            if (listeners != null && listeners.isEmpty()) {
                empty.add("listeners");
            }
            if (groups != null && groups.isEmpty()) {
                empty.add("groups");
            }
            return empty;
        }

        /** Returns the settings without the token. */
        @Override
        public String toString() {
            return "NamedToken[roles=%s, listeners=%s, groups=%s]"
                    .formatted(roles, listeners, groups);
        }
    }

    /** Whether requests need a token. */
    public enum Auth {
        /** Requests need a token if one is set; otherwise local and private addresses may call. */
        AUTO,

        /** Requests need a token, and the service does not start without one. */
        REQUIRED,

        /** Requests need no token, from any address. */
        OPEN
    }

    /** Returns the settings without the tokens. */
    @Override
    public String toString() {
        return "AdminProperties[auth=%s, tokens=%s, allowedHosts=%s]"
                .formatted(auth, tokens, allowedHosts);
    }

    /** An invalid setting of access control, which stops the start. Its text has no token. */
    static final class AdminFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String action;

        /**
         * @param fault the key, its value unless it is a token, and what is wrong
         * @param action the remedy
         */
        AdminFailure(String fault, String action) {
            super(fault);
            this.action = action;
        }

        String action() {
            return action;
        }

        /** Prints the fault and the remedy instead of a stack trace. */
        static final class Analyzer extends AbstractFailureAnalyzer<AdminFailure> {
            @Override
            protected FailureAnalysis analyze(Throwable rootFailure, AdminFailure failure) {
                return new FailureAnalysis(
                        String.valueOf(failure.getMessage()), failure.action, failure);
            }
        }
    }
}
