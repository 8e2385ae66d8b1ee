package io.switchboard.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.switchboard.store.StoreException.Fault;
import io.switchboard.store.Transaction.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The database of the store, once it is open. Blocks; thread-safe.
 *
 * <p>A commit is durable when {@link #durably} returns. PostgreSQL does that itself. H2 writes its
 * commits to the file and forces them to the disk with CHECKPOINT SYNC.
 *
 * <p>H2 uses the space of an old page again after RETENTION_TIME milliseconds, long after the fsync
 * that follows each commit; with its default of 45 s, the file grew to 30 times its content. Its
 * own thread compacts the file if WRITE_DELAY is greater than 0.
 */
final class Database implements AutoCloseable {
    private static final String FILE = "switchboard";
    private static final int CONNECTION_TIMEOUT_MILLIS = 2_000;
    private static final String POSTGRESQL_TIMEOUT_SECONDS = "10";

    /** Frees the locks of a node that stands still in the middle of a transaction. */
    private static final String LIMIT_TRANSACTIONS =
            "set idle_in_transaction_session_timeout = '5s'";

    /** The first key of the advisory locks, so that they are not those of other programs. */
    private static final int LOCKS = 0x53574942;

    private static final String WALL_OF_POSTGRESQL =
            "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";

    /** Where the database is. */
    record Location(@Nullable String url, Path directory, Binder binder) {
        boolean embedded() {
            return url == null;
        }

        /** Returns whether an H2 file exists, or the database is PostgreSQL. */
        boolean exists() {
            return !embedded() || Files.exists(directory.resolve(FILE + ".mv.db"));
        }

        /** Returns what people call this database, without its password. */
        String label() {
            return url == null
                    ? directory.resolve(FILE + ".mv.db").toAbsolutePath().normalize().toString()
                    : url.replaceAll("[?].*", "");
        }
    }

    private final Location location;
    private final MonotonicTime time;
    private final HikariDataSource source;
    private final JdbcTemplate template;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    private Database(Location location, MonotonicTime time, HikariDataSource source) {
        this.location = location;
        this.source = source;
        this.template = new JdbcTemplate(source);
        this.jdbc = JdbcClient.create(template);
        this.transactions = new TransactionTemplate(new JdbcTransactionManager(source));
        this.time =
                location.embedded()
                        ? Objects.requireNonNull(transactions.execute(_ -> time.continued(jdbc)))
                        : time;
    }

    /**
     * Opens the database and brings its tables to this release.
     *
     * @param time the time of H2 if the database has none yet
     * @throws RuntimeException it cannot be opened; nothing remains open
     */
    static Database open(Location location, MonotonicTime time) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("store");
        config.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
        config.setMinimumIdle(1);
        if (location.embedded()) {
            try {
                Files.createDirectories(location.directory());
            } catch (IOException e) {
                throw new StoreException(
                        Fault.UNAVAILABLE, "the directory cannot be created: " + e, e);
            }
            Path file = location.directory().toAbsolutePath().normalize().resolve(FILE);
            config.setJdbcUrl(
                    "jdbc:h2:file:"
                            + file
                            + ";DB_CLOSE_ON_EXIT=FALSE;RETENTION_TIME=5000;LOCK_TIMEOUT=10000");
            config.setUsername("switchboard");
            config.setPassword("");
            config.setMaximumPoolSize(4);
            // H2 closes the database with its last connection
            config.setMaxLifetime(0);
        } else {
            config.setJdbcUrl(location.url());
            text(location, "username").ifPresent(config::setUsername);
            text(location, "password").ifPresent(config::setPassword);
            if (config.getJdbcUrl().startsWith("jdbc:postgresql:")) {
                config.addDataSourceProperty("socketTimeout", POSTGRESQL_TIMEOUT_SECONDS);
                config.addDataSourceProperty("connectTimeout", "2");
                config.setConnectionInitSql(LIMIT_TRANSACTIONS);
            }
            location.binder().bind("spring.datasource.hikari", Bindable.ofInstance(config));
        }
        HikariDataSource source = new HikariDataSource(config);
        try {
            Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .table("switchboard_schema_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
            return new Database(location, time, source);
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** Returns the time of H2, which is the one that {@link #open} got or an earlier one. */
    MonotonicTime time() {
        return time;
    }

    private static Optional<String> text(Location location, String key) {
        return Optional.ofNullable(
                location.binder()
                        .bind("spring.datasource." + key, Bindable.of(String.class))
                        .orElse(null));
    }

    /** Executes work in a transaction of its own. */
    <T> T transaction(Transaction.Work<T> work) {
        return Objects.requireNonNull(
                        transactions.execute(_ -> new Result<>(work.run(begin(new ArrayList<>())))))
                .value();
    }

    private record Result<T>(T value) {}

    /**
     * Executes work in a transaction, which is on the disk when this returns.
     *
     * @param locks what the transaction locks before it begins, in ascending order, so that two
     *     nodes never wait for each other; in the embedded database nobody else writes
     */
    <T> T durably(SortedSet<Integer> locks, Transaction.Work<T> work) {
        List<Consumer<Outcome>> ends = new ArrayList<>();
        AtomicReference<Outcome> outcome = new AtomicReference<>(Outcome.ROLLED_BACK);
        try {
            Result<T> result =
                    Objects.requireNonNull(
                            transactions.execute(
                                    _ -> {
                                        lock(locks);
                                        Result<T> done = new Result<>(work.run(begin(ends)));
                                        outcome.set(Outcome.UNKNOWN);
                                        return done;
                                    }));
            if (location.embedded()) {
                jdbc.sql("checkpoint sync").update();
            }
            outcome.set(Outcome.COMMITTED);
            return result.value();
        } finally {
            ends.forEach(each -> each.accept(outcome.get()));
        }
    }

    private void lock(SortedSet<Integer> locks) {
        if (!location.embedded() && !locks.isEmpty()) {
            jdbc.sql("select pg_advisory_xact_lock(?, each) from unnest(cast(? as int[])) as each")
                    .params(LOCKS, "{" + locks.toString().replaceAll("[\\[\\] ]", "") + "}")
                    .query((_, _) -> true)
                    .list();
        }
    }

    private Transaction begin(List<Consumer<Outcome>> ends) {
        long nanos = System.nanoTime();
        return new Transaction(jdbc, template, now(nanos), nanos, ends);
    }

    /**
     * Returns the store's time in milliseconds since 1970: PostgreSQL's own, or {@link
     * MonotonicTime}.
     */
    private long now(long nanos) {
        return location.embedded()
                ? time.at(nanos)
                : jdbc.sql(WALL_OF_POSTGRESQL).query(Long.class).single();
    }

    /** Returns whether a connection works. */
    boolean works() {
        try {
            return jdbc.sql("select 1").query(Integer.class).single() == 1;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Writes something that changes nothing; fails if the disk is full, for example. */
    void proveWrites() {
        durably(
                Collections.emptySortedSet(),
                in -> in.jdbc().sql("update switchboard_clock set nanos = nanos").update());
    }

    /** Returns why the database did not execute a request. */
    static Fault fault(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            String message = String.valueOf(each.getMessage()).toLowerCase(Locale.ROOT);
            boolean noSpace =
                    message.contains("no space left")
                            || message.contains("disk quota")
                            || message.contains("file too large");
            if (noSpace
                    || (each instanceof SQLException sql && "53100".equals(sql.getSQLState()))) {
                return Fault.FULL;
            }
        }
        return Fault.UNAVAILABLE;
    }

    /** Returns whether the fault is in one statement's data, so that the connection is usable. */
    static boolean concernsOneStatement(Throwable error) {
        return error instanceof org.springframework.dao.NonTransientDataAccessException
                && !(error instanceof org.springframework.dao.DataAccessResourceFailureException)
                && !(error
                        instanceof org.springframework.dao.NonTransientDataAccessResourceException);
    }

    @Override
    public void close() {
        source.close();
    }
}
