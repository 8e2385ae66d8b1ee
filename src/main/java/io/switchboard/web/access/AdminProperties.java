package io.switchboard.web.access;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use HTTP. The tokens are checked by {@link Tokens}, and not while they are bound: a
 * failure to bind prints the value.
 *
 * @param auth whether a token is needed
 * @param token of who may do everything
 * @param tokenFile a file with that token, in place of it
 * @param readToken of who may only look
 * @param readTokenFile a file with that token, in place of it
 * @param allowedHosts names by which browsers may call this service while no token is set
 */
@ConfigurationProperties(AdminProperties.PREFIX)
public record AdminProperties(
        @DefaultValue("auto") AdminAuth auth,
        @Nullable String token,
        @Nullable Path tokenFile,
        @Nullable String readToken,
        @Nullable Path readTokenFile,
        @DefaultValue List<String> allowedHosts) {
    static final String PREFIX = "switchboard.admin";

    /** Without the tokens. */
    @Override
    public String toString() {
        return "AdminProperties[auth=%s, allowedHosts=%s]".formatted(auth, allowedHosts);
    }
}
