package io.switchboard.mailbox;

import io.switchboard.peer.GroupProperties;
import io.switchboard.peer.NameReach;
import io.switchboard.peer.Reach;
import java.util.Set;
import org.springframework.stereotype.Component;

/**
 * Decides whose stored messages a caller may see. A name is in reach if an expression of {@code
 * switchboard.groups} puts it into one of the groups, and if only listeners in reach have peers
 * that get stored messages ({@code switchboard.mailbox.listeners}).
 */
@Component
final class MailboxNames implements NameReach {
    private final GroupProperties groups;
    private final Set<String> listeners;

    MailboxNames(GroupProperties groups, MailboxProperties properties) {
        this.groups = groups;
        this.listeners = properties.listeners();
    }

    @Override
    public boolean includes(Reach reach, String name) {
        boolean listenersInReach =
                reach.listeners().isEmpty()
                        || (!listeners.isEmpty() && reach.listeners().containsAll(listeners));
        return listenersInReach
                && (reach.groups().isEmpty() || reach.includesGroups(groups.of(name)));
    }
}
