package io.switchboard.store;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.util.unit.DataSize;

/** Stores for the tests of other packages. */
public final class StoreFixtures {
    private StoreFixtures() {}

    /** Returns a store with an embedded database. The caller closes it. */
    public static Store embedded(Path directory) {
        return new Store(
                new DataProperties(directory), new MockEnvironment(), new SimpleMeterRegistry());
    }

    /** Returns a store in a PostgreSQL, as a node has one. The caller closes it. */
    public static Store store(PostgresServer database) {
        MockEnvironment environment =
                new MockEnvironment()
                        .withProperty("spring.datasource.url", database.url())
                        .withProperty("spring.datasource.username", "test");
        return new Store(
                new DataProperties(Path.of("nowhere")), environment, new SimpleMeterRegistry());
    }

    /** Returns a sum with this limit. */
    public static StoredBytes bytes(long limit) {
        return new StoredBytes(new StoredBytes.Limit(DataSize.ofBytes(limit)));
    }
}
