package io.switchboard.web.access;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * The settings of who may use HTTP. {@link Tokens} validates the tokens, not Bean Validation,
 * because Boot prints a value that fails to bind.
 *
 * @param auth whether requests need a token
 * @param token the token of the role {@code send}
 * @param tokenFile a file that contains this token, instead of {@code token}
 * @param readToken the token of the role {@code read}
 * @param readTokenFile a file that contains this token, instead of {@code readToken}
 * @param allowedHosts names that a Host header may have while no token is set
 */
@ConfigurationProperties(AdminProperties.PREFIX)
public record AdminProperties(
        @DefaultValue("auto") Auth auth,
        @Nullable String token,
        @Nullable Path tokenFile,
        @Nullable String readToken,
        @Nullable Path readTokenFile,
        @DefaultValue List<String> allowedHosts) {
    static final String PREFIX = "switchboard.admin";

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
        return "AdminProperties[auth=%s, allowedHosts=%s]".formatted(auth, allowedHosts);
    }

    /** An invalid setting of who may use HTTP, which stops the start. No text contains a token. */
    static final class AdminFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String action;

        /**
         * @param wrong the key, its value unless it is a token, and the fault
         * @param action the remedy
         */
        AdminFailure(String wrong, String action) {
            super(wrong);
            this.action = action;
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
