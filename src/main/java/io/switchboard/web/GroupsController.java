package io.switchboard.web;

import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import java.util.List;
import java.util.Optional;
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

    record Groups(int total, List<Group> groups) {}

    private final PeerRegistry registry;
    private final Peers peers;

    GroupsController(PeerRegistry registry, Peers peers) {
        this.registry = registry;
        this.peers = peers;
    }

    @GetMapping(
            path = "/groups",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    Groups list() {
        List<Group> groups =
                registry.groups().entrySet().stream()
                        .map(each -> new Group(each.getKey(), each.getValue()))
                        .toList();
        return new Groups(groups.size(), groups);
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
