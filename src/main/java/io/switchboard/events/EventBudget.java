package io.switchboard.events;

import io.switchboard.net.MemoryBudget;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the encoded events that wait for subscribers which do not read, {@code
 * events.total-max}. Events that a subscriber takes at once do not count.
 */
@Component
public final class EventBudget extends MemoryBudget {

    EventBudget(EventProperties properties) {
        super(
                "events",
                "Memory of the events that wait for subscribers which do not read",
                properties.totalMaxBytes());
    }
}
