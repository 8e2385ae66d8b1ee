package io.switchboard.listener;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.listener.ListenerCatalog.NotOpen;
import io.switchboard.listener.ListenerCatalog.Source;
import io.switchboard.listener.ListenerControl.Checked;
import io.switchboard.listener.ListenerControl.Difference;
import io.switchboard.listener.ListenerRows.Row;
import io.switchboard.peer.Listeners;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Makes this node's listeners what the store says: at the start, when another node has changed a
 * row, and, for what has failed, again every few seconds.
 *
 * <pre>
 *   row in the store ──▶ reconcile ──┬─▶ open
 *                           ▲        └─▶ not open, with an error
 *                           └── every 5 s ────┘
 * </pre>
 *
 * <p>A row whose name the configuration uses is not opened. A single node, and the only node that
 * has the listener, removes such a row. A row of every node of a cluster stays, because nodes
 * without the name in their configuration still have the listener.
 *
 * <p>No lock is held: {@link ListenerNames} keeps work on one name apart. {@code elsewhere} is an
 * immutable value in a volatile field.
 */
@Component
public final class StoredListeners implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(StoredListeners.class);

    /** The time after which the listener of a node that is gone is orphaned. */
    static final Duration ORPHANED_AFTER = Duration.ofHours(1);

    /** The time for the peers of a listener that another node has removed or replaced. */
    static final Duration DRAIN = Duration.ofSeconds(5);

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int ROUNDS_PER_READ = 6;

    /** After the adapters of the configured listeners, before the web server and readiness. */
    private static final int PHASE = Integer.MAX_VALUE / 2 + 1;

    /** A row of a node that is not this one, and since when that node is gone. */
    private record Elsewhere(Row row, @Nullable Long goneSince) {}

    private final ListenerControl control;
    private final ListenerCatalog catalog;
    private final ListenerNames names;
    private final Listeners listeners;
    private final Store store;
    private final Cluster cluster;
    private final LongSupplier clock;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile List<Elsewhere> elsewhere = List.of();

    /** The names of which a warning was logged that they are not opened here. */
    private final Set<String> overridden = ConcurrentHashMap.newKeySet();

    private volatile boolean unread;
    private volatile boolean running;

    @Autowired
    StoredListeners(
            ListenerControl control,
            ListenerCatalog catalog,
            ListenerNames names,
            Listeners listeners,
            Store store,
            Cluster cluster) {
        this(control, catalog, names, listeners, store, cluster, System::nanoTime);
    }

    /**
     * @param clock {@link System#nanoTime}
     */
    StoredListeners(
            ListenerControl control,
            ListenerCatalog catalog,
            ListenerNames names,
            Listeners listeners,
            Store store,
            Cluster cluster,
            LongSupplier clock) {
        this.control = control;
        this.catalog = catalog;
        this.names = names;
        this.listeners = listeners;
        this.store = store;
        this.cluster = cluster;
        this.clock = clock;
    }

    /** Opens what is stored. What cannot be opened is tried again: the service starts anyway. */
    @Override
    public void start() {
        listeners.all().forEach(each -> catalog.configured(each.name(), null));
        running = true;
        if (store.exists()) {
            unread = !readAll();
            maintain();
        }
    }

    /** Starts the thread that tries again, if it does not run yet. */
    void maintain() {
        if (running && started.compareAndSet(false, true)) {
            Thread.ofVirtual().name("listeners").start(this::maintainUntilStopped);
        }
    }

    private void maintainUntilStopped() {
        for (int round = 1; running; round++) {
            LockSupport.parkNanos(RETRY_NANOS);
            if (!running) {
                return;
            }
            if (unread || (!cluster.single() && store.exists() && round % ROUNDS_PER_READ == 0)) {
                unread = !readAll();
            }
            for (RuntimeListener each : catalog.created()) {
                if (each.error() != null) {
                    retry(each.name());
                }
            }
        }
    }

    private void retry(String name) {
        try {
            reconcile(name);
        } catch (StoreException e) {
            log.debug("listener {}: {}", name, e.getMessage());
        }
    }

    /** Reconciles all rows; returns whether the store could be read. */
    private boolean readAll() {
        try {
            List<Row> rows = store.read(ListenerRows::all, List.of());
            Set<String> affected =
                    rows.stream().map(Row::name).collect(Collectors.toCollection(TreeSet::new));
            catalog.created().forEach(each -> affected.add(each.name()));
            noteElsewhere(rows);
            affected.forEach(this::retry);
            return true;
        } catch (StoreException e) {
            log.warn("the listeners of the API cannot be read: {}", e.getMessage());
            return false;
        }
    }

    /**
     * Makes the listener of a name what its row says. Does nothing while somebody else works on it.
     *
     * @return why the listener is not open although it should be; null if all is as it should be
     * @throws StoreException the row cannot be read
     */
    @Nullable String reconcile(String name) {
        try (ListenerNames.Claim _ = names.claim(name)) {
            Row row = ListenerRows.find(store, name).orElse(null);
            if (catalog.isConfigured(name)) {
                if (row != null) {
                    overridden(row);
                }
                return null;
            }
            RuntimeListener current = catalog.created(name).orElse(null);
            if (row == null || !isHere(row)) {
                if (current != null) {
                    close(current);
                }
                return null;
            }
            return open(row, current);
        } catch (ListenerFault busy) {
            return busy.detail();
        }
    }

    private void overridden(Row row) {
        if (!isHere(row)) {
            return;
        }
        boolean removes = cluster.single() || row.node() != null;
        if (removes || overridden.add(row.name())) {
            log.warn(
                    "listener {}: the configuration has it, and the one that the API has created is {}",
                    row.name(),
                    removes ? "dropped" : "not opened here");
        }
        if (removes) {
            var _ =
                    store.write(List.of(row.name()), in -> ListenerRows.delete(in, row.name()))
                            .whenComplete(
                                    (_, failure) -> {
                                        if (failure != null) {
                                            log.warn(
                                                    "listener {}: its row stays in the store: {}",
                                                    row.name(),
                                                    failure.getMessage());
                                        }
                                    });
        }
    }

    /** Returns whether this node has the listener of a row. */
    boolean isHere(Row row) {
        return row.node() == null || row.node().equals(cluster.self().name());
    }

    /**
     * Returns whether there is a listener with this name, or may be: also if it is not open, if
     * only another node has it, and while the store cannot be read.
     */
    public boolean mayExist(String name) {
        return unread
                || listeners.find(name).isPresent()
                || catalog.isConfigured(name)
                || catalog.created(name).isPresent()
                || elsewhere.stream().anyMatch(each -> each.row().name().equals(name));
    }

    private @Nullable String open(Row row, @Nullable RuntimeListener current) {
        boolean isOpen = current != null && current.error() == null;
        if (current != null && isOpen && current.keys().equals(row.keys())) {
            return null;
        }
        String error = null;
        try {
            Checked checked = control.check(row.name(), row.keys());
            if (!isOpen) {
                control.open(checked);
            } else {
                Difference difference = control.compare(checked);
                if (difference.newSocket().isEmpty()) {
                    control.change(checked);
                } else {
                    control.close(row.name(), DRAIN, null);
                    control.open(checked);
                }
            }
            if (current != null && current.error() != null) {
                log.info("listener {}: it is open now", row.name());
            }
        } catch (ListenerFault e) {
            error = e.detail();
            if (current == null || !error.equals(current.error())) {
                log.warn(
                        "listener {}: the API has created it, and it cannot be opened; trying again: {}",
                        row.name(),
                        error);
            }
        }
        catalog.put(new RuntimeListener(row.name(), row.node(), row.keys(), error));
        return error;
    }

    private void close(RuntimeListener listener) {
        if (listener.error() == null) {
            control.close(listener.name(), DRAIN, null);
        }
        catalog.remove(listener.name());
    }

    /** Notes which listeners belong to other nodes only, and which of these nodes are gone. */
    void noteElsewhere(List<Row> rows) {
        long now = clock.getAsLong();
        Set<String> present = cluster.others().stream().map(Node::name).collect(Collectors.toSet());
        Map<String, Long> before = new HashMap<>();
        for (Elsewhere each : elsewhere) {
            if (each.goneSince() != null) {
                before.put(each.row().name(), each.goneSince());
            }
        }
        List<Elsewhere> found = new ArrayList<>();
        for (Row row : rows) {
            if (!isHere(row)) {
                found.add(
                        new Elsewhere(
                                row,
                                present.contains(row.node())
                                        ? null
                                        : before.getOrDefault(row.name(), now)));
            }
        }
        elsewhere = List.copyOf(found);
    }

    /** Returns the listeners that should be open here and are not, and those that are orphaned. */
    public List<NotOpen> notOpen() {
        Stream<NotOpen> configured =
                catalog.configuredErrors().entrySet().stream()
                        .map(
                                each ->
                                        new NotOpen(
                                                each.getKey(),
                                                Source.CONFIGURATION,
                                                null,
                                                false,
                                                each.getValue()));
        Stream<NotOpen> here =
                catalog.created().stream()
                        .filter(each -> each.error() != null)
                        .map(
                                each ->
                                        new NotOpen(
                                                each.name(),
                                                Source.API,
                                                each.node(),
                                                false,
                                                String.valueOf(each.error())));
        long now = clock.getAsLong();
        Stream<NotOpen> orphaned =
                elsewhere.stream()
                        .filter(
                                each ->
                                        each.goneSince() != null
                                                && now - each.goneSince()
                                                        >= ORPHANED_AFTER.toNanos())
                        .map(
                                each ->
                                        new NotOpen(
                                                each.row().name(),
                                                Source.API,
                                                each.row().node(),
                                                true,
                                                "node %s has been gone for an hour"
                                                        .formatted(each.row().node())));
        return Stream.of(configured, here, orphaned).flatMap(each -> each).toList();
    }

    @Override
    public void stop() {
        running = false;
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
