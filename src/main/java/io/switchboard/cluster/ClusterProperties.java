package io.switchboard.cluster;

import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Configures the membership of this node in a cluster. Spring's own keys {@code spring.data.redis}
 * configure the connection to Redis.
 *
 * @param enabled whether this node shares its peers with other nodes over Redis
 * @param name the name of the cluster and the prefix of all keys and channels in Redis; nodes with
 *     the same name form one service
 * @param node the name of this node, which the API shows and the parameter {@code node} accepts; by
 *     default the host name
 */
@Validated
@ConfigurationProperties("switchboard.cluster")
public record ClusterProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("switchboard") @Pattern(regexp = NAME, message = NAME_MESSAGE) String name,
        @Pattern(regexp = NAME, message = NAME_MESSAGE) @Nullable String node) {

    static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    static final String NAME_MESSAGE =
            "must be 1 to 63 letters, digits, dots, dashes and underscores, and begin with a letter or digit";
}
