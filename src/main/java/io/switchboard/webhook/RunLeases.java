package io.switchboard.webhook;

import io.switchboard.store.Transaction;
import io.switchboard.webhook.EventRows.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which runs of the service this process posts the stored events of: its own ({@link MessageEvents}
 * may have one too), and those of processes that have ended. Only the thread of the {@link Backlog}
 * uses it.
 *
 * <p>With H2, no other process has the database open, so every other run has ended. With
 * PostgreSQL, each owner increases the number of its runs in every {@link #INTERVAL}. A run has
 * ended if its owner says so, or if this process has read the same number for {@link #SILENCE}
 * without a failure of the store. No clock of another machine is needed, and an outage of the
 * database, in which nobody can write, ends no run.
 */
final class RunLeases {
    static final Duration INTERVAL = Duration.ofSeconds(3);
    private static final Duration SILENCE = Duration.ofSeconds(15);

    /** The number that was read, and since when it is the same. */
    private record Seen(String owner, long beat, long since) {}

    /**
     * What has changed.
     *
     * @param taken the runs that this process owns from now on
     * @param lost the runs that another process has taken over
     * @param others the number of runs that other processes own
     */
    record Change(List<String> taken, List<String> lost, int others) {}

    private final EventRows rows;
    private final String own;
    private final boolean stores;
    private final boolean shared;
    private final LongSupplier clock;
    private final Set<String> adopted = new LinkedHashSet<>();
    private final Map<String, Seen> seen = new HashMap<>();
    private @Nullable String ofMessages;
    private boolean joined;
    private int others;

    /**
     * @param own the run of this process
     * @param stores whether this process stores events of its own
     * @param shared whether other processes may have the database open
     * @param clock {@link System#nanoTime}
     */
    RunLeases(EventRows rows, String own, boolean stores, boolean shared, LongSupplier clock) {
        this.rows = rows;
        this.own = own;
        this.stores = stores;
        this.shared = shared;
        this.clock = clock;
    }

    /** Returns whether the row of the own run is in the store, if there is to be one. */
    boolean joined() {
        return joined;
    }

    /** Returns whether no process has a run of which something may be left. */
    boolean nothingLeft() {
        return joined && adopted.isEmpty() && others == 0;
    }

    /** Joins, shows that this process lives, and takes over what has ended. */
    Change renew(Transaction in) {
        List<String> lost = new ArrayList<>();
        if (!joined && stores) {
            rows.join(in, own, own);
        } else if (joined && shared) {
            if (stores && !rows.beat(in, own, own)) {
                lost.add(own);
                rows.takeBack(in, own, own);
            }
            for (String each : adopted) {
                if (!rows.beat(in, each, own)) {
                    lost.add(each);
                    if (each.equals(ofMessages)) {
                        rows.takeBack(in, each, own);
                    }
                }
            }
        }
        List<String> taken = new ArrayList<>();
        List<Run> runs = rows.runsOfOthers(in, own);
        seen.keySet().retainAll(runs.stream().map(Run::run).toList());
        for (Run each : runs) {
            if (hasEnded(each) && rows.take(in, each, own)) {
                taken.add(each.run());
            }
        }
        return new Change(taken, lost, runs.size() - taken.size());
    }

    /** Notes that the transaction of {@link #renew} is on the disk. */
    void renewed(Change change) {
        joined = true;
        others = change.others();
        adopted.addAll(change.taken());
        change.lost().stream().filter(each -> !each.equals(ofMessages)).forEach(adopted::remove);
        change.taken().forEach(seen::remove);
    }

    /** Notes that this process has another run of its own, whose row is in the store. */
    void addOwn(String messages) {
        ofMessages = messages;
        adopted.add(messages);
    }

    private boolean hasEnded(Run run) {
        if (!shared || run.beat() < 0) {
            return true;
        }
        long now = clock.getAsLong();
        Seen before = seen.get(run.run());
        if (before == null || before.beat() != run.beat() || !before.owner().equals(run.owner())) {
            seen.put(run.run(), new Seen(run.owner(), run.beat(), now));
            return false;
        }
        return now - before.since() >= SILENCE.toNanos();
    }

    /** Notes that nothing of a run is left. */
    void ended(String run) {
        adopted.remove(run);
    }

    /** Notes that the store has failed: what was read before it says nothing any more. */
    void storeFailed() {
        seen.clear();
    }
}
