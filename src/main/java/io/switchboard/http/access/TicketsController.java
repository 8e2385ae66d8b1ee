package io.switchboard.http.access;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /tickets}: a ticket for one {@code EventSource}. */
@RestController
final class TicketsController {
    private final AccessPolicy policy;

    TicketsController(AccessPolicy policy) {
        this.policy = policy;
    }

    @PostMapping("/tickets")
    @ResponseStatus(HttpStatus.CREATED)
    Tickets.Issued issue() {
        return policy.tickets().issue(Client.current());
    }
}
