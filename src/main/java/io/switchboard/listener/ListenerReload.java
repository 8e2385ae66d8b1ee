package io.switchboard.listener;

import io.switchboard.cluster.Cluster;
import io.switchboard.listener.ListenerControl.Checked;
import io.switchboard.listener.ListenerControl.Difference;
import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.stereotype.Component;

/**
 * Applies the listeners of the configuration again, after its files have changed.
 *
 * <pre>
 *   read, check ──▶ claim the names ──▶ open the new ones ──▶ change in place ──▶ remove, replace
 *        │                │                     │
 *        └────────────────┴─── a fault: nothing was changed, what was opened is closed again
 * </pre>
 *
 * <p>A new listener may need the address of one that is removed. If its address is in use and
 * others are removed or replaced, it is therefore opened after them. What fails then is in the
 * lines, and the thread {@code listeners} does not try it again: the next reload does.
 *
 * <p>There is no lock: the claims of all names of the configuration, before and after, let one
 * reload run at a time, and keep requests for these names away. Work on other names goes on.
 */
@Component
public final class ListenerReload {
    private static final Logger log = LoggerFactory.getLogger(ListenerReload.class);
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final ConfigurationFiles files;
    private final ListenerControl control;
    private final ListenerCatalog catalog;
    private final ListenerNames names;
    private final Listeners listeners;
    private final Store store;
    private final Cluster cluster;

    ListenerReload(
            ConfigurationFiles files,
            ListenerControl control,
            ListenerCatalog catalog,
            ListenerNames names,
            Listeners listeners,
            Store store,
            Cluster cluster) {
        this.files = files;
        this.control = control;
        this.catalog = catalog;
        this.names = names;
        this.listeners = listeners;
        this.store = store;
        this.cluster = cluster;
    }

    /** What is to be done, by name. */
    private record Plan(
            Map<String, Checked> opened,
            Map<String, Difference> changed,
            Map<String, Difference> replaced,
            List<String> removed,
            List<String> unchanged) {

        static Plan empty() {
            return new Plan(
                    new LinkedHashMap<>(),
                    new LinkedHashMap<>(),
                    new LinkedHashMap<>(),
                    new ArrayList<>(),
                    new ArrayList<>());
        }

        boolean freesAddresses() {
            return !removed.isEmpty() || !replaced.isEmpty();
        }
    }

    /**
     * Reads the configuration and applies it. Blocks until removed listeners are drained.
     *
     * @return what was done, a line for each listener, and a line for each other key that has
     *     changed in the files
     * @throws ListenerFault the configuration is not valid, or an address cannot be bound; nothing
     *     was changed
     */
    public List<String> reload() {
        ConfigurableEnvironment configuration = read();
        SortedMap<String, Checked> next = check(configuration);
        TreeSet<String> all = new TreeSet<>(next.keySet());
        all.addAll(catalog.configured());
        List<ListenerNames.Claim> claims = new ArrayList<>();
        try {
            all.forEach(each -> claims.add(names.claim(each)));
            List<String> lines = apply(next);
            for (String key : files.changedElsewhere(configuration)) {
                lines.add(key + ": changed, which takes effect at the next start");
            }
            lines.forEach(each -> log.info("reload: {}", each));
            return lines;
        } finally {
            claims.forEach(ListenerNames.Claim::close);
        }
    }

    private ConfigurableEnvironment read() {
        try {
            return files.read();
        } catch (RuntimeException e) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER,
                    null,
                    null,
                    "the configuration cannot be read, and nothing was changed: " + message(e),
                    e);
        }
    }

    private SortedMap<String, Checked> check(ConfigurableEnvironment configuration) {
        SortedMap<String, Checked> next = control.check(configuration);
        if (next.isEmpty()) {
            throw new ListenerFault(
                    Reason.BAD_LISTENER,
                    "the configuration has no listener, and nothing was changed: switchboard.listeners has at least one");
        }
        return next;
    }

    /** Returns the message of the first cause that says where the fault is. */
    private static String message(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return String.valueOf(last.getMessage());
    }

    private Plan plan(SortedMap<String, Checked> next) {
        Plan plan = Plan.empty();
        catalog.configured().stream()
                .filter(each -> !next.containsKey(each))
                .sorted()
                .forEach(plan.removed()::add);
        next.forEach(
                (name, checked) -> {
                    boolean open = catalog.isConfigured(name) && listeners.find(name).isPresent();
                    if (!open) {
                        plan.opened().put(name, checked);
                        return;
                    }
                    Difference difference = control.compare(checked);
                    if (difference.isNone()) {
                        plan.unchanged().add(name);
                    } else if (difference.newSocket().isEmpty()) {
                        plan.changed().put(name, difference);
                    } else {
                        plan.replaced().put(name, difference);
                    }
                });
        return plan;
    }

    private List<String> apply(SortedMap<String, Checked> next) {
        Plan plan = plan(next);
        List<String> lines = new ArrayList<>();
        Map<String, Checked> later = new LinkedHashMap<>();
        List<String> opened = new ArrayList<>();
        plan.opened()
                .forEach(
                        (name, checked) -> {
                            if (catalog.created(name).isPresent()) {
                                later.put(name, checked); // in the place of the API's
                            } else {
                                openOrDefer(checked, plan, opened, later);
                            }
                        });
        for (String name : opened) {
            catalog.configured(name, null);
            lines.add(openedLine(name));
        }
        plan.changed()
                .forEach(
                        (name, difference) -> {
                            control.change(Objects.requireNonNull(next.get(name)));
                            lines.add(
                                    "listener %s: changed in place: %s"
                                            .formatted(
                                                    name, String.join(", ", difference.inPlace())));
                        });
        Map<String, Integer> closed = closeAll(plan, later);
        for (String name : plan.removed()) {
            catalog.notConfigured(name);
            lines.add(
                    "listener %s: removed, %d peers closed"
                            .formatted(name, closed.getOrDefault(name, 0)));
        }
        plan.replaced()
                .forEach(
                        (name, difference) ->
                                lines.add(
                                        replace(
                                                Objects.requireNonNull(next.get(name)),
                                                "listener %s: replaced because of %s, %d peers closed"
                                                        .formatted(
                                                                name,
                                                                String.join(
                                                                        ", ",
                                                                        difference.newSocket()),
                                                                closed.getOrDefault(name, 0)))));
        later.forEach((name, checked) -> lines.add(openLater(checked)));
        plan.unchanged().forEach(each -> lines.add("listener " + each + ": unchanged"));
        return lines;
    }

    /** Opens a new listener; undoes what was opened before if its address is in use for good. */
    private void openOrDefer(
            Checked checked, Plan plan, List<String> opened, Map<String, Checked> later) {
        try {
            control.open(checked);
            opened.add(checked.name());
        } catch (ListenerFault e) {
            if (e.reason() == Reason.ADDRESS_UNAVAILABLE && plan.freesAddresses()) {
                later.put(checked.name(), checked);
                return;
            }
            opened.forEach(each -> control.close(each, Duration.ZERO, null));
            throw new ListenerFault(
                    e.reason(),
                    e.key(),
                    e.value(),
                    "listener %s, and nothing was changed: %s"
                            .formatted(checked.name(), e.detail()),
                    e);
        }
    }

    private String openedLine(String name) {
        Listener listener = listeners.find(name).orElseThrow();
        return "listener %s: opened at %s".formatted(name, listener.socket().address());
    }

    /** Closes what is removed or replaced, all at the same time; returns the closed peers. */
    private Map<String, Integer> closeAll(Plan plan, Map<String, Checked> later) {
        List<String> closing = new ArrayList<>(plan.removed());
        closing.addAll(plan.replaced().keySet());
        later.keySet().stream()
                .filter(each -> listeners.find(each).isPresent())
                .forEach(closing::add);
        Map<String, Integer> closed = new ConcurrentHashMap<>();
        try (ExecutorService drains = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String each : closing) {
                if (listeners.find(each).isPresent()) {
                    drains.execute(() -> closed.put(each, control.close(each, DRAIN, null)));
                }
            }
        }
        return closed;
    }

    private String replace(Checked next, String line) {
        String error = open(next);
        return error == null ? line : line + "; it is not open: " + error;
    }

    private String openLater(Checked next) {
        String name = next.name();
        boolean fromApi = catalog.created(name).isPresent();
        if (fromApi) {
            dropCreated(name);
        }
        String error = open(next);
        String line =
                error == null
                        ? openedLine(name)
                        : "listener %s: it is not open: %s".formatted(name, error);
        return fromApi ? line + "; the one that the API has created is dropped" : line;
    }

    /** The name is the configuration's now. A row of every node of a cluster stays. */
    private void dropCreated(String name) {
        log.warn("listener {}: the configuration has it, the one of the API is dropped", name);
        boolean everyNode = catalog.node(name) == null;
        catalog.remove(name);
        if (everyNode && !cluster.single()) {
            return;
        }
        try {
            store.writeAndWait(in -> ListenerRows.delete(in, name));
        } catch (StoreException e) {
            log.warn("listener {}: its row stays in the store: {}", name, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable String open(Checked next) {
        try {
            control.open(next);
            catalog.configured(next.name(), null);
            return null;
        } catch (ListenerFault e) {
            catalog.configured(next.name(), e.detail());
            return e.detail();
        }
    }
}
