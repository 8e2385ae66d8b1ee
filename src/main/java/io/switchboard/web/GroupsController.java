package io.switchboard.web;

import io.switchboard.query.GroupService;
import io.switchboard.query.PeerChange;
import io.switchboard.query.PeerService;
import io.switchboard.web.Tables.TableConverter;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /groups}: the groups of all nodes, and who is in them. */
@RestController
final class GroupsController {
    private final GroupService groups;
    private final PeerService peers;

    GroupsController(GroupService groups, PeerService peers) {
        this.groups = groups;
        this.peers = peers;
    }

    @GetMapping(
            path = "/groups",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    GroupService.Groups list() {
        return groups.list();
    }

    @PutMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void join(@PathVariable String group, @PathVariable String peer) {
        peers.change(peer, PeerChange.joining(group));
    }

    /** Succeeds as well if the peer is not in the group. */
    @DeleteMapping("/groups/{group}/peers/{peer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void leave(@PathVariable String group, @PathVariable String peer) {
        peers.change(peer, PeerChange.leaving(group));
    }
}
