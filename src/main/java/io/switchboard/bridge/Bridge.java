package io.switchboard.bridge;

import io.switchboard.webhook.Webhooks.BridgeEvents;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One bridge: a connection to a broker, the events that go there and the sends that come from it.
 *
 * @param sends null if it takes no sends
 */
record Bridge(
        String name,
        BridgeProperties properties,
        Broker broker,
        BridgeEvents events,
        @Nullable SendIntake sends) {

    void startSends() {
        if (sends != null) {
            sends.start();
        }
    }

    /** Returns why the bridge does not work; empty if it does. */
    Optional<String> problem() {
        return events.problem().or(() -> sends == null ? Optional.empty() : sends.problem());
    }

    /** Returns the state for people. */
    String state() {
        String state = events.state();
        if (sends == null) {
            return state;
        }
        String problem = sends.problem().map(each -> ", sends: " + each).orElse("");
        return "%s, %d sends in progress%s".formatted(state, sends.records(), problem);
    }
}
