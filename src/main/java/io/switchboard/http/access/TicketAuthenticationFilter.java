package io.switchboard.http.access;

import io.switchboard.http.events.EventsServlet;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;

/**
 * Authenticates {@code GET /events} by its ticket if it has no Authorization header, and all other
 * requests as another filter does. A ticket is accepted for no other path and no other method.
 */
final class TicketAuthenticationFilter extends AccessFilter {
    private static final String PARAMETER = "ticket";

    private final Tickets tickets;
    private final AccessFilter others;

    TicketAuthenticationFilter(Tickets tickets, AccessFilter others) {
        this.tickets = tickets;
        this.others = others;
    }

    @Override
    Authentication authenticate(HttpServletRequest request) {
        String ticket = ticket(request);
        return ticket == null
                ? others.authenticate(request)
                : tickets.redeem(ticket).authentication();
    }

    private static @Nullable String ticket(HttpServletRequest request) {
        String query = request.getQueryString();
        return query != null
                        && query.contains(PARAMETER)
                        && request.getServletPath().equals(EventsServlet.PATH)
                        && request.getMethod().equals("GET")
                        && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                ? request.getParameter(PARAMETER)
                : null;
    }
}
