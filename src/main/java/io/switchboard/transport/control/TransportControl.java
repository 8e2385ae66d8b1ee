package io.switchboard.transport.control;

import io.switchboard.listener.ListenerControl;
import io.switchboard.listener.ListenerFault;
import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.net.Texts;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Transport;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.config.BindFailure;
import io.switchboard.transport.config.BundleFailure;
import io.switchboard.transport.config.ConfiguredListener;
import io.switchboard.transport.config.ListenerBinder;
import io.switchboard.transport.config.ListenerChange;
import io.switchboard.transport.config.ListenerProperties;
import io.switchboard.transport.stream.StreamListeners;
import io.switchboard.transport.udp.UdpListeners;
import io.switchboard.webhook.Webhooks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Opens, changes and closes the sockets of listeners at run time. It has no state and takes no
 * lock: {@link Listeners} has what is open, and calls about one name do not run at the same time.
 *
 * <p>A listener of the configuration is also two beans, which {@link ListenerBeans} removes when
 * the listener is closed. When the service stops, this class stops the listeners that are no beans,
 * in the same phase as Spring stops the adapters of the others.
 */
@Component
final class TransportControl implements ListenerControl, SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** The phase of Spring Integration's channel adapters. */
    private static final int PHASE = Integer.MAX_VALUE / 2;

    private static final Duration CLOSE_GRACE = Duration.ofSeconds(1);

    /** How long a change waits for a former webhook: a back end that works needs less. */
    private static final Duration FORMER_WEBHOOK = Duration.ofSeconds(1);

    private final ListenerBinder binder;
    private final ListenerBeans beans;
    private final Environment environment;
    private final Listeners listeners;
    private final PeerRegistry registry;
    private final Webhooks webhooks;
    private volatile boolean running;

    TransportControl(
            ListenerBinder binder,
            ListenerBeans beans,
            Environment environment,
            Listeners listeners,
            PeerRegistry registry,
            Webhooks webhooks) {
        this.binder = binder;
        this.beans = beans;
        this.environment = environment;
        this.listeners = listeners;
        this.registry = registry;
        this.webhooks = webhooks;
    }

    @Override
    public SortedSet<String> keys() {
        return binder.keys();
    }

    @Override
    public Checked check(String name, Map<String, Object> keys) {
        return checked(binder.bind(name, keys));
    }

    @Override
    public SortedMap<String, Checked> check(ConfigurableEnvironment configuration) {
        SortedMap<String, ConfiguredListener> bound = binder.bind(configuration);
        bound.forEach(
                (name, listener) -> {
                    try {
                        checked(listener);
                    } catch (ListenerFault e) {
                        throw e.of(name);
                    }
                });
        return Collections.unmodifiableSortedMap(bound);
    }

    private ConfiguredListener checked(ConfiguredListener listener) {
        try {
            listener.checkBundles(beans::bean);
            return listener;
        } catch (BundleFailure e) {
            throw fault(listener.name(), e);
        }
    }

    @Override
    public Difference compare(Checked next) {
        return ListenerChange.between(
                acceptor(next.name()).configured().properties(),
                ((ConfiguredListener) next).properties());
    }

    @Override
    public void checkNothingGivenUp(Checked next) {
        String name = next.name();
        Listener listener = listeners.find(name).orElseThrow();
        boolean newWebhook =
                !Objects.equals(
                        acceptor(name).configured().properties().webhook(),
                        ((ConfiguredListener) next).properties().webhook());
        if (newWebhook && !webhooks.awaitFormer(listener, FORMER_WEBHOOK)) {
            throw new ListenerFault(
                    Reason.LISTENER_BUSY,
                    "webhook",
                    null,
                    "webhook of listener '%s' was changed a moment ago, and events still wait for the former one: try again when they are posted or given up, which takes at most its give-up-after and its timeout"
                            .formatted(name),
                    null);
        }
    }

    private Acceptor acceptor(String name) {
        Listener listener = listeners.find(name).orElseThrow();
        return (Acceptor) listener.socket();
    }

    @Override
    public void open(Checked checked) {
        ConfiguredListener configured = (ConfiguredListener) checked;
        Acceptor opened = null;
        try {
            opened =
                    configured.properties().transport() == Transport.UDP
                            ? UdpListeners.open(configured, beans::bean)
                            : beans.initialized(
                                    StreamListeners.factory(configured, environment, beans::bean));
            opened.start();
        } catch (RuntimeException e) {
            if (opened != null) {
                forget(opened);
            }
            throw fault(configured.name(), e);
        }
    }

    /** Returns the fault that an exception of the start of a listener means. */
    private static RuntimeException fault(String listener, RuntimeException failure) {
        String prefix = "switchboard.listeners." + listener + ".";
        return switch (failure) {
            case BindFailure bind ->
                    new ListenerFault(
                            Reason.ADDRESS_UNAVAILABLE,
                            bind.key(),
                            bind.value(),
                            (bind.description() + ". " + bind.action()).replace(prefix, ""),
                            bind);
            case BundleFailure bundle ->
                    new ListenerFault(
                            Reason.BAD_LISTENER,
                            bundle.key().replace(prefix, ""),
                            bundle.bundle(),
                            (bundle.getMessage() + ". " + bundle.action()).replace(prefix, ""),
                            bundle);
            case InvalidConfigurationPropertyValueException invalid ->
                    new ListenerFault(
                            Reason.BAD_LISTENER,
                            invalid.getName().replace(prefix, ""),
                            String.valueOf(invalid.getValue()),
                            "%s is %s: %s"
                                    .formatted(
                                            invalid.getName().replace(prefix, ""),
                                            invalid.getValue(),
                                            invalid.getReason()),
                            invalid);
            default -> failure;
        };
    }

    /**
     * {@inheritDoc}
     *
     * <p>The webhook is replaced first, so that a peer that gets the change finds the new one. If
     * the rest fails, the former one is put back. A peer that still has the former one gets the new
     * one with the first event that the former one refuses.
     */
    @Override
    public void change(Checked checked) {
        ConfiguredListener next = (ConfiguredListener) checked;
        Acceptor acceptor = acceptor(next.name());
        ListenerProperties before = acceptor.configured().properties();
        Listener listener = listeners.find(next.name()).orElseThrow();
        boolean newWebhook = !Objects.equals(before.webhook(), next.properties().webhook());
        if (newWebhook) {
            webhooks.change(next.replacing(listener), next.properties().webhook());
        }
        boolean done = false;
        try {
            acceptor.change(next);
            done = true;
        } finally {
            if (!done && newWebhook) {
                webhooks.change(listener, before.webhook());
            }
        }
        listeners.replace(acceptor.listener());
    }

    @Override
    public void checkFarewell(String name, String farewell) {
        listeners.find(name).ifPresent(listener -> frame(listener, farewell));
    }

    private static byte @Nullable [] frame(Listener listener, @Nullable String farewell) {
        if (farewell == null) {
            return null;
        }
        Optional<String> objection = Texts.objection(farewell, listener.charset());
        byte[] frame =
                objection.isPresent()
                        ? null
                        : listener.encoder().frame(farewell.getBytes(listener.charset()));
        if (frame == null) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER,
                    "farewell",
                    farewell,
                    "farewell is '%s', which %s"
                            .formatted(
                                    farewell,
                                    objection
                                            .map(each -> "has " + each)
                                            .orElse(
                                                    "the framing %s cannot carry as one message"
                                                            .formatted(listener.framingOut()))),
                    null);
        }
        return frame;
    }

    @Override
    public int close(String name, Duration drain, @Nullable String farewell) {
        Listener listener = listeners.find(name).orElseThrow();
        Acceptor acceptor = (Acceptor) listener.socket();
        byte[] frame = frame(listener, farewell);
        acceptor.stopAccepting();
        List<CompletableFuture<PeerSnapshot>> closing = new ArrayList<>();
        for (PeerSession session : registry.sessions()) {
            if (session.listener().socket() == acceptor) {
                closing.add(
                        session.closeAsync(
                                CloseReason.KICKED, "its listener was removed", frame, drain));
            }
        }
        await(closing, drain.plus(CLOSE_GRACE));
        acceptor.stop();
        forget(acceptor);
        log.info("listener {}: removed, {} peers closed", name, closing.size());
        return closing.size();
    }

    private static void await(List<CompletableFuture<PeerSnapshot>> closing, Duration limit) {
        try {
            CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
                    .get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            log.debug("peers are left after the drain", e); // stop() aborts them
        } catch (ExecutionException e) {
            throw new IllegalStateException("closing peers", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes what the service keeps of a listener whose sockets are closed. */
    private void forget(Acceptor acceptor) {
        Listener listener = acceptor.listener();
        beans.destroy(listener.name(), acceptor);
        webhooks.remove(listener);
        listeners.remove(listener);
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        for (Listener each : listeners.all()) {
            if (each.socket() instanceof Acceptor acceptor && !beans.contains(each.name())) {
                acceptor.stop();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
