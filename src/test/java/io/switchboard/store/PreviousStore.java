package io.switchboard.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/**
 * The store of an earlier release, with messages and events that wait. {@link PreviousStoreWriter}
 * writes these files.
 *
 * <p>For the name {@code van} there are three messages: {@code first}, whose sending had begun when
 * the service was killed, {@code second} and {@code third}. The listener {@code default} has the
 * events of the peer {@code van} and of the messages.
 */
public final class PreviousStore {
    static final String EMBEDDED = "previous.mv.db";
    static final String POSTGRESQL = "previous.sql";

    private PreviousStore() {}

    /** Puts the embedded database into a directory. */
    public static void copyTo(Path directory) throws IOException {
        try (InputStream in = resource(EMBEDDED)) {
            Files.copy(in, directory.resolve("switchboard.mv.db"));
        }
    }

    /** Puts the tables into an empty PostgreSQL. */
    public static void load(PostgresServer server) throws IOException, SQLException {
        try (InputStream in = resource(POSTGRESQL);
                Connection connection = DriverManager.getConnection(server.url(), "test", "");
                Statement statement = connection.createStatement()) {
            statement.execute(new String(in.readAllBytes(), UTF_8));
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(PreviousStore.class.getResourceAsStream("/store/" + name));
    }

    /** Returns how many migrations of this release a store lacks. */
    public static long missingMigrations(Store store) throws IOException {
        long executed =
                store.read(
                        in ->
                                in.jdbc()
                                        .sql(
                                                "select count(*) from \"switchboard_schema_history\" where \"version\" is not null and \"version\" <> '0' and \"success\"")
                                        .query(Long.class)
                                        .single());
        try (var files = Files.list(Path.of("src/main/resources/db/migration"))) {
            return files.count() - executed;
        }
    }
}
