package io.switchboard.cluster;

import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The membership of this node. Spring's own keys {@code spring.data.redis} say where Redis is.
 *
 * @param enabled whether this node shares its peers with other nodes over Redis
 * @param name begins all keys and channels in Redis; nodes with the same name form one service
 * @param node the name of this node, shown to people and accepted by {@code node=}; the host name
 *     by default
 */
@Validated
@ConfigurationProperties("switchboard.cluster")
public record ClusterProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("switchboard") @Pattern(regexp = NAME, message = NAME_IS) String name,
        @Pattern(regexp = NAME, message = NAME_IS) @Nullable String node) {

    static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    static final String NAME_IS =
            "is no name: it takes 1 to 63 letters, digits, dots, dashes and underscores, a letter or digit first";
}
