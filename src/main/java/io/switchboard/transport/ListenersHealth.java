package io.switchboard.transport;

import io.switchboard.listener.ListenerCatalog.NotOpen;
import io.switchboard.listener.StoredListeners;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.webhook.Webhooks;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** One health component for each listener: UP while the listener accepts connections. */
@Component("listenersHealthContributor")
final class ListenersHealth implements CompositeHealthContributor {
    private final Listeners listeners;
    private final Webhooks webhooks;
    private final StoredListeners stored;

    ListenersHealth(Listeners listeners, Webhooks webhooks, StoredListeners stored) {
        this.listeners = listeners;
        this.stored = stored;
        this.webhooks = webhooks;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return listeners
                .find(name)
                .map(this::indicator)
                .or(
                        () ->
                                stored.notOpen().stream()
                                        .filter(each -> each.name().equals(name))
                                        .map(ListenersHealth::indicator)
                                        .findFirst())
                .orElse(null);
    }

    @Override
    public Stream<HealthContributors.Entry> stream() {
        return Stream.concat(
                listeners.all().stream()
                        .map(each -> new HealthContributors.Entry(each.name(), indicator(each))),
                stored.notOpen().stream()
                        .map(each -> new HealthContributors.Entry(each.name(), indicator(each))));
    }

    /** A listener that is not open is tried again, and takes no other listener out of service. */
    private static HealthIndicator indicator(NotOpen listener) {
        return () -> Health.unknown().withDetail("error", listener.error()).build();
    }

    private HealthIndicator indicator(Listener listener) {
        return () -> health(listener);
    }

    private Health health(Listener listener) {
        Endpoint address = listener.socket().address();
        Health.Builder health = listener.socket().listening() ? Health.up() : Health.down();
        webhooks.state(listener).ifPresent(state -> health.withDetail("webhook", state));
        return health.withDetail("address", address == null ? "not bound" : address.toString())
                .withDetail("peers", listener.counters().peers())
                .withDetail("limit", listener.maxConnections())
                .build();
    }
}
