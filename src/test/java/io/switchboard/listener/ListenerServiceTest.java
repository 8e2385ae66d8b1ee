package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.Node;
import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.StoreFixtures;
import io.switchboard.testkit.LoggedWarnings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.env.ConfigurableEnvironment;

/** A change that fails at the sockets of an open listener, after it was stored. */
class ListenerServiceTest {
    private static final Map<String, Object> BEFORE = Map.of("port", 0);
    private static final Map<String, Object> CHANGES = Map.of("max-frame", 2_000);

    @TempDir private Path directory;

    private final FailingControl control = new FailingControl();
    private @Nullable Store store;

    private Store store() {
        Store opened = StoreFixtures.embedded(directory);
        store = opened;
        return opened;
    }

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
        }
    }

    private ListenerService service(Store in, ListenerCatalog catalog) {
        SingleNode node = new SingleNode(() -> new Node("0bbbbb", null, "here", null, 0, false));
        ListenerNames names = new ListenerNames();
        Listeners listeners = PeerFixtures.listeners();
        return new ListenerService(
                control,
                catalog,
                names,
                new StoredListeners(control, catalog, names, listeners, in, node),
                listeners,
                in,
                node);
    }

    @Test
    void aChangeThatFailsIsUndoneAtTheSocketsAndInTheStore() throws Exception {
        Store rows = store();
        ListenerCatalog catalog = new ListenerCatalog(new OpenFiles(1_000, 100, 100, Map.of()));
        ListenerService service = service(rows, catalog);
        service.create("gps", null, BEFORE);
        assertThatThrownBy(() -> service.change("gps", CHANGES))
                .hasMessage("half done")
                .hasNoSuppressedExceptions();
        assertThat(control.now).isEqualTo(BEFORE);
        assertThat(ListenerRows.find(rows, "gps").map(ListenerRows.Row::keys)).contains(BEFORE);
        assertThat(catalog.created("gps").map(RuntimeListener::keys)).contains(BEFORE);
    }

    @Test
    void aChangeThatFailsIsUndoneAtTheSocketsAlsoIfTheStoreFails() throws Exception {
        Store rows = store();
        ListenerCatalog catalog = new ListenerCatalog(new OpenFiles(1_000, 100, 100, Map.of()));
        ListenerService service = service(rows, catalog);
        service.create("gps", null, BEFORE);
        control.beforeFailure = rows::close;
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            assertThatThrownBy(() -> service.change("gps", CHANGES))
                    .hasMessage("half done")
                    .satisfies(
                            e ->
                                    assertThat(e.getSuppressed())
                                            .hasOnlyElementsOfType(StoreException.class)
                                            .hasSize(1));
            assertThat(warnings.lines())
                    .filteredOn(each -> each.contains("listener gps: a change has failed"))
                    .hasSize(1)
                    .allMatch(each -> each.contains("stays in the store"));
        }
        assertThat(control.now).isEqualTo(BEFORE);
        assertThat(catalog.created("gps").map(RuntimeListener::keys)).contains(BEFORE);

        Store again = store();
        assertThat(ListenerRows.find(again, "gps").map(ListenerRows.Row::keys))
                .contains(Map.of("port", 0, "max-frame", 2_000));
        control.difference = List.of();
        service(again, catalog).change("gps", BEFORE);
        assertThat(ListenerRows.find(again, "gps").map(ListenerRows.Row::keys)).contains(BEFORE);
    }

    /** Fails half way when it changes a listener to {@link #CHANGES}. */
    private static final class FailingControl implements ListenerControl {
        private record Keys(String name, Map<String, Object> keys) implements Checked {}

        private Map<String, Object> now = Map.of();
        private Runnable beforeFailure = () -> {};
        private List<String> difference = List.of("max-frame");

        @Override
        public SortedSet<String> keys() {
            return new TreeSet<>(List.of("port", "max-frame"));
        }

        @Override
        public Checked check(String name, Map<String, Object> keys) {
            return new Keys(name, keys);
        }

        @Override
        public SortedMap<String, Checked> check(ConfigurableEnvironment configuration) {
            return new TreeMap<>();
        }

        @Override
        public Difference compare(Checked next) {
            return new Difference(difference, List.of());
        }

        @Override
        public void checkNothingGivenUp(Checked next) {}

        @Override
        public void open(Checked listener) {
            now = ((Keys) listener).keys();
        }

        @Override
        public void change(Checked next) {
            open(next);
            if (now.containsKey("max-frame")) {
                beforeFailure.run();
                throw new IllegalStateException("half done");
            }
        }

        @Override
        public int close(String name, Duration drain, @Nullable String farewell) {
            return 0;
        }

        @Override
        public void checkFarewell(String name, String farewell) {}
    }
}
