package io.switchboard.cluster;

import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Which nodes are one service. Where Redis is, Spring's own {@code spring.data.redis} says.
 *
 * @param enabled whether there are others, or may be
 * @param name what all keys and channels in Redis begin with: nodes of the same name are one
 *     service
 * @param node this node's name, for people and for {@code node=}; without one, that of its host
 */
@Validated
@ConfigurationProperties("switchboard.cluster")
record ClusterProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("switchboard") @Pattern(regexp = NAME, message = NAME_IS) String name,
        @Pattern(regexp = NAME, message = NAME_IS) @Nullable String node) {

    static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    static final String NAME_IS =
            "is no name: it takes 1 to 63 letters, digits, dots, dashes and underscores, a letter or"
                    + " digit first";
}
