package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /groups}: a group is there while a live peer is in it. */
@RestController
final class GroupsController {

    /**
     * @param peers how many live peers are in it
     */
    record Group(String name, int peers) {}

    /**
     * @param partial true where there may be more at nodes that did not answer; else null
     * @param missing the names of those of them that are known; else null
     */
    record Groups(
            int total,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing,
            List<Group> groups) {}

    private final PeerRegistry registry;
    private final Peers peers;
    private final Everywhere everywhere;

    GroupsController(PeerRegistry registry, Peers peers, Everywhere everywhere) {
        this.registry = registry;
        this.peers = peers;
        this.everywhere = everywhere;
    }

    @GetMapping(
            path = "/groups",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    Groups list() {
        Everywhere.Asked asked = everywhere.ask(GroupsThere.METHOD, "");
        SortedMap<String, Integer> sizes = registry.groups();
        Everywhere.Gathered<GroupsThere.Sizes> gathered =
                everywhere.gather(asked, GroupsThere.Sizes.class);
        for (GroupsThere.Sizes there : gathered.answers()) {
            there.groups().forEach((name, peers) -> sizes.merge(name, peers, Integer::sum));
        }
        List<Group> groups =
                sizes.entrySet().stream()
                        .map(each -> new Group(each.getKey(), each.getValue()))
                        .toList();
        return new Groups(
                groups.size(), gathered.partialOrNull(), gathered.missingOrNull(), groups);
    }

    @PutMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void join(@PathVariable String group, @PathVariable String peer) {
        check(group);
        registry.join(peers.live(peer), group);
    }

    /** Done as well when the peer is not in the group. */
    @DeleteMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void part(@PathVariable String group, @PathVariable String peer) {
        check(group);
        registry.part(peers.live(peer), group);
    }

    private static void check(String group) {
        Optional<String> objection = Names.objectionToGroup(group);
        if (objection.isPresent()) {
            throw ApiProblem.badRequest(objection.get());
        }
    }
}
