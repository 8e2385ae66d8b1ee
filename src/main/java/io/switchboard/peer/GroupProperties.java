package io.switchboard.peer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Groups whose members are selected by name.
 *
 * @param groups maps each group to a regular expression; a peer whose whole name matches it joins
 *     the group
 */
@ConfigurationProperties("switchboard")
public record GroupProperties(@DefaultValue Map<String, LinearPattern> groups) {

    public GroupProperties {
        for (String group : groups.keySet()) {
            Optional<String> error = Names.groupError(group);
            if (error.isPresent()) {
                throw new IllegalArgumentException("groups: " + error.get());
            }
        }
    }

    /** Returns the groups whose expression matches the name. */
    public List<String> of(String name) {
        return groups.entrySet().stream()
                .filter(group -> group.getValue().matches(name))
                .map(Map.Entry::getKey)
                .toList();
    }
}
