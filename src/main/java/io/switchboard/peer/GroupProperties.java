package io.switchboard.peer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Groups that a name alone makes.
 *
 * @param groups for each group the regular expression that the whole of a name must match
 */
@ConfigurationProperties("switchboard")
public record GroupProperties(@DefaultValue Map<String, Pattern> groups) {

    public GroupProperties {
        for (String group : groups.keySet()) {
            Optional<String> objection = Names.objectionToGroup(group);
            if (objection.isPresent()) {
                throw new IllegalArgumentException("groups: " + objection.get());
            }
        }
    }

    List<String> of(String name) {
        return groups.entrySet().stream()
                .filter(group -> group.getValue().matcher(name).matches())
                .map(Map.Entry::getKey)
                .toList();
    }
}
