package io.switchboard.store;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.switchboard.store.Database.Location;
import io.switchboard.store.StoreException.Fault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * The one database of the service. It is opened at the first need: nothing is written, and no
 * connection made, before somebody reads or writes. Thread-safe.
 *
 * <p>All writes go through one thread, which takes what waits and executes it in one transaction,
 * so that a burst costs one fsync for many writes. If the transaction fails because of one of them,
 * each is executed again in a transaction of its own.
 *
 * <p>Several nodes may share PostgreSQL. Works that have a name in common wait for each other: a
 * transaction locks the names of all of its works, in one order, before it begins.
 *
 * <p>If the database cannot be used, requests fail at once, and it is opened again after a pause
 * that doubles from 100 ms to 5 s: by the next request, or by a thread that looks every second
 * until it is open. This object's monitor guards {@code database}, {@code time}, {@code problem}
 * and the pause; it is held while the database is opened. The thread {@code store} and readers take
 * it. Health and meters read two of the fields without it, so they do not wait for a database.
 */
@Component
public final class Store implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Store.class);
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_GROUP = 256;
    private static final int READERS = 3;
    private static final int MAX_ATTEMPTS = 5;
    private static final int LOCKS = 1_024;
    private static final long MIN_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PROBE_EVERY = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_PAUSE = TimeUnit.SECONDS.toNanos(5);

    private record Write<T>(
            Collection<String> names, Transaction.Work<T> work, CompletableFuture<T> result) {

        /** Executes the work and returns what completes the future after the commit. */
        Runnable run(Transaction transaction) {
            T value = work.run(transaction);
            return () -> result.complete(value);
        }
    }

    private final Location location;
    private final ExecutorService readers =
            Executors.newFixedThreadPool(
                    READERS, Thread.ofPlatform().daemon().name("store-reader-", 1).factory());
    private final BlockingQueue<Write<?>> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final List<Transaction.Work<?>> onFirstOpen = new CopyOnWriteArrayList<>();
    private final Timer commits;
    private final DistributionSummary groups;
    private final Counter failures;

    private MonotonicTime time = MonotonicTime.ofWallClock();
    private volatile @Nullable Database database;
    private volatile @Nullable StoreException problem;
    private boolean openedBefore;
    private long pause = MIN_PAUSE;
    private long retryAt;
    private @Nullable Thread writer;
    private @Nullable Thread prober;
    private volatile boolean closed;

    Store(DataProperties properties, Environment environment, MeterRegistry meters) {
        String url = environment.getProperty("spring.datasource.url");
        this.location =
                new Location(
                        url == null || url.isBlank() ? null : url,
                        properties.directory(),
                        Binder.get(environment));
        this.commits =
                Timer.builder("switchboard.store.commits")
                        .description("Time of a commit of the store, the fsync included")
                        .register(meters);
        this.groups =
                DistributionSummary.builder("switchboard.store.group")
                        .description("Writes that the store executed in one commit")
                        .baseUnit("writes")
                        .register(meters);
        this.failures =
                Counter.builder("switchboard.store.failed")
                        .description("Writes that the store did not execute")
                        .baseUnit("writes")
                        .register(meters);
        Gauge.builder("switchboard.store.waiting", waiting, BlockingQueue::size)
                .description("Writes that wait for the store")
                .baseUnit("writes")
                .register(meters);
        Gauge.builder("switchboard.store.up", this, each -> each.problem().isEmpty() ? 1 : 0)
                .description("1 while the store can be used, 0 while it cannot")
                .register(meters);
    }

    /**
     * Adds work that is executed once, when the database is first opened by this process, before
     * any other. Called while the service starts.
     */
    public void whenFirstOpened(Transaction.Work<?> work) {
        onFirstOpen.add(work);
    }

    /** Returns whether the database is PostgreSQL, which several nodes can share. */
    public boolean shared() {
        return !location.embedded();
    }

    /** Returns whether there may be data: an H2 file exists, or the database is PostgreSQL. */
    public boolean exists() {
        return location.exists();
    }

    /**
     * Executes work in a transaction together with other writes. The future completes when the
     * commit is on the disk, or with a {@link StoreException}; after an exception the work may have
     * been committed only if the connection broke during the commit. The work runs on the thread
     * {@code store}, and so do the future's dependents: they must not block. Never blocks.
     */
    public <T> CompletableFuture<T> write(Transaction.Work<T> work) {
        return write(List.of(), work);
    }

    /**
     * Executes work in a transaction, as {@link #write(Transaction.Work)} does. Works of several
     * nodes that have a name in common are executed one after the other: each sees what the earlier
     * ones have committed.
     *
     * @param names names whose rows the work reads or changes
     */
    public <T> CompletableFuture<T> write(Collection<String> names, Transaction.Work<T> work) {
        Write<T> write = new Write<>(List.copyOf(names), work, new CompletableFuture<>());
        StoreException refused = closed ? stopping() : null;
        if (refused == null) {
            startWriter();
            if (!waiting.offer(write)) {
                refused =
                        new StoreException(
                                Fault.UNAVAILABLE,
                                "%d writes already wait for the store".formatted(MAX_WAITING));
            }
        }
        if (refused != null) {
            failures.increment();
            write.result().completeExceptionally(refused);
        } else if (closed) {
            failWaiting();
        }
        return write.result();
    }

    /**
     * Executes work in a transaction, as {@link #write} does, and waits for it.
     *
     * @throws StoreException the store did not execute it
     * @throws InterruptedException the work may still be executed
     */
    public <T> T writeAndWait(Transaction.Work<T> work) throws InterruptedException {
        return writeAndWait(List.of(), work, _ -> {});
    }

    /**
     * Executes work as {@link #write(Collection, Transaction.Work)} does, and waits for it.
     *
     * @param committed is called with the result on the thread {@code store}, in the order of the
     *     commits; must not block
     * @throws StoreException the store did not execute it, or {@link StoreException#uncertain}
     * @throws InterruptedException the work may still be executed
     */
    public <T> T writeAndWait(
            Collection<String> names, Transaction.Work<T> work, Consumer<T> committed)
            throws InterruptedException {
        try {
            return write(names, work)
                    .thenApply(
                            result -> {
                                committed.accept(result);
                                return result;
                            })
                    .get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StoreException store
                    ? store
                    : new CompletionException(e.getCause());
        }
    }

    /**
     * Executes work that only reads, in a transaction. Blocks; an interrupt does not end it. H2
     * closes its file if a thread that reads it is interrupted, so it has threads of its own.
     *
     * @throws StoreException the store did not execute it
     */
    public <T> T read(Transaction.Work<T> work) {
        if (!location.embedded()) {
            return readHere(work);
        }
        try {
            return CompletableFuture.supplyAsync(() -> readHere(work), readers).join();
        } catch (RejectedExecutionException e) {
            throw stopping();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StoreException store ? store : e;
        }
    }

    private <T> T readHere(Transaction.Work<T> work) {
        Database open = open();
        try {
            return open.transaction(work);
        } catch (RuntimeException e) {
            throw failed(open, e);
        }
    }

    /**
     * Reads as {@link #read} does; returns {@code ifNone} if there is no database yet, and creates
     * none.
     */
    public <T> T read(Transaction.Work<T> work, T ifNone) {
        return exists() ? read(work) : ifNone;
    }

    private synchronized void startWriter() {
        if (writer == null) {
            writer = Thread.ofPlatform().name("store").daemon().start(this::writeAll);
        }
    }

    private void writeAll() {
        List<Write<?>> group = new ArrayList<>(MAX_GROUP);
        while (!closed) {
            try {
                group.add(waiting.take());
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
            waiting.drainTo(group, MAX_GROUP - 1);
            execute(group);
            group.clear();
        }
        failWaiting();
    }

    private void execute(List<Write<?>> group) {
        try {
            Database open = open();
            long began = System.nanoTime();
            List<Runnable> results = new ArrayList<>(group.size());
            try {
                commit(open, group, results);
            } catch (RuntimeException e) {
                // if all have run, the commit failed, and it may have taken effect nevertheless
                boolean rolledBack = results.size() < group.size();
                if (rolledBack
                        && group.size() > 1
                        && Database.fault(e) != Fault.FULL
                        && open.works()) {
                    group.forEach(each -> execute(List.of(each)));
                    return;
                }
                StoreException failed = failed(open, e);
                throw rolledBack ? failed : failed.whileCommitting();
            }
            commits.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            groups.record(group.size());
            results.forEach(Runnable::run);
        } catch (StoreException e) {
            failures.increment(group.size());
            group.forEach(each -> each.result().completeExceptionally(e));
        } catch (RuntimeException | Error e) {
            log.error("the store's thread failed", e);
            group.forEach(each -> each.result().completeExceptionally(e));
        }
    }

    /**
     * Executes a group in one transaction; repeats one write if it met that of another node. Adds
     * what completes the futures to {@code results}: nothing is committed while it lacks one.
     */
    private static void commit(Database open, List<Write<?>> group, List<Runnable> results) {
        SortedSet<Integer> locks = locks(group);
        for (int attempt = 1; ; attempt++) {
            try {
                open.durably(
                        locks,
                        transaction -> {
                            group.forEach(each -> results.add(each.run(transaction)));
                            return true;
                        });
                return;
            } catch (ConcurrencyFailureException | DuplicateKeyException e) {
                if (group.size() > 1 || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                results.clear();
            }
        }
    }

    /** Returns the locks of the names: not one each, because PostgreSQL has room for thousands. */
    private static SortedSet<Integer> locks(List<Write<?>> group) {
        SortedSet<Integer> locks = new TreeSet<>();
        for (Write<?> each : group) {
            each.names().forEach(name -> locks.add(Math.floorMod(name.hashCode(), LOCKS)));
        }
        return locks;
    }

    /** Returns the open database; opens it if necessary, unless that has failed just now. */
    private synchronized Database open() {
        if (database != null) {
            return database;
        }
        if (closed) {
            throw stopping();
        }
        if (problem != null && System.nanoTime() - retryAt < 0) {
            throw new StoreException(problem.fault(), String.valueOf(problem.getMessage()));
        }
        try {
            Database opened = Database.open(location, time);
            try {
                if (problem != null) {
                    opened.proveWrites();
                }
                if (!openedBefore) {
                    opened.durably(
                            Collections.emptySortedSet(),
                            transaction -> {
                                onFirstOpen.forEach(each -> each.run(transaction));
                                return true;
                            });
                }
            } catch (RuntimeException e) {
                opened.close();
                throw e;
            }
            database = opened;
            time = opened.time();
            openedBefore = true;
            log.info("store open: {}", location.label());
            problem = null;
            pause = MIN_PAUSE;
            return opened;
        } catch (RuntimeException e) {
            throw unavailable(e);
        }
    }

    /** Closes the database if it does not work any more. Returns the error for the caller. */
    private synchronized StoreException failed(Database failed, RuntimeException error) {
        if (error instanceof StoreException known) {
            return known;
        }
        boolean full = Database.fault(error) == Fault.FULL;
        if (!full && Database.concernsOneStatement(error) && failed.works()) {
            return new StoreException(
                    Fault.UNAVAILABLE, "the statement failed: " + cause(error), error);
        }
        if (database == failed && (!failed.works() || location.embedded())) {
            database = null;
            failed.close();
            return unavailable(error);
        }
        return new StoreException(Database.fault(error), text(error), error);
    }

    /** Notes why the database cannot be used. The caller holds the monitor. */
    private StoreException unavailable(RuntimeException error) {
        StoreException now = new StoreException(Database.fault(error), text(error), error);
        if (problem == null || !text(error).equals(problem.getMessage())) {
            log.error("{}; what needs it is refused, everything else works", text(error));
        }
        problem = now;
        retryAt = System.nanoTime() + pause;
        pause = Math.min(2 * pause, MAX_PAUSE);
        if (prober == null && !closed) {
            prober = Thread.ofVirtual().name("store-probe").start(this::probe);
        }
        return now;
    }

    /**
     * Opens the database as soon as that is possible, so that its state does not need a request.
     */
    private void probe() {
        do {
            LockSupport.parkNanos(PROBE_EVERY);
        } while (!probed());
    }

    /** Returns whether the prober has nothing more to do; if so, it has ended. */
    private synchronized boolean probed() {
        if (problem != null && !closed) {
            try {
                open();
            } catch (StoreException e) {
                return false;
            }
        }
        prober = null;
        return true;
    }

    private String text(RuntimeException error) {
        return "the store %s %s: %s"
                .formatted(
                        location.label(),
                        Database.fault(error) == Fault.FULL ? "is full" : "is not available",
                        cause(error));
    }

    private static String cause(Throwable error) {
        Throwable last = error;
        while (!(last instanceof StoreException)
                && last.getCause() != null
                && last.getCause() != last) {
            last = last.getCause();
        }
        return String.valueOf(last.getMessage()).lines().findFirst().orElse(last.toString());
    }

    private static StoreException stopping() {
        return new StoreException(Fault.UNAVAILABLE, "the service is stopping");
    }

    /** Returns the problem of the database; empty if it is open, or nobody has needed it yet. */
    Optional<String> problem() {
        return Optional.ofNullable(problem).map(Throwable::getMessage);
    }

    boolean isOpen() {
        return database != null;
    }

    String label() {
        return location.label();
    }

    private void failWaiting() {
        List<Write<?>> rest = new ArrayList<>();
        waiting.drainTo(rest);
        rest.forEach(each -> each.result().completeExceptionally(stopping()));
    }

    /** Executes what waits, then closes the database. */
    @Override
    public void close() {
        Thread thread;
        synchronized (this) {
            thread = writer;
        }
        try {
            if (thread != null && !closed) {
                write(_ -> true).get(5, TimeUnit.SECONDS);
            }
            closed = true;
            if (thread != null) {
                // not an interrupt, which would close H2's file in the middle of a commit
                var _ = waiting.offer(new Write<>(List.of(), _ -> true, new CompletableFuture<>()));
                thread.join(TimeUnit.SECONDS.toMillis(5));
            }
        } catch (ExecutionException | TimeoutException e) {
            log.warn("the store did not execute the last writes: {}", cause(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closed = true;
        readers.shutdown();
        synchronized (this) {
            if (database != null) {
                database.close();
                database = null;
            }
        }
    }
}
