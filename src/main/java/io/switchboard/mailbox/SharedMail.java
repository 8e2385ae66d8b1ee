package io.switchboard.mailbox;

import io.switchboard.cluster.Cluster;
import io.switchboard.store.Store;
import io.switchboard.store.Transaction;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Finds what other nodes have stored in the shared database and have not told this node, with one
 * query a second: new messages by their number, claims of nodes that are gone, the next expiry.
 *
 * <p>A message's number is given before its transaction is committed, so a lower number may appear
 * after a higher one. Numbers that are left out are asked for again until no transaction can have
 * them any more.
 *
 * <p>While nobody has mail the query is made every ten seconds only, and not at all by a node that
 * runs alone: {@link #stirred} says that there may be mail again. Race: a message is stored while
 * the query finds none. {@code stirs} has changed then, and the query's result is not used.
 *
 * <p>Only the thread {@code mailbox} uses the other fields; {@link #mayHaveMail} and {@link
 * #stirred} are for any thread.
 */
@Component
final class SharedMail {
    private static final long EVERY = TimeUnit.SECONDS.toNanos(1);
    private static final long WHILE_QUIET = TimeUnit.SECONDS.toNanos(10);
    private static final long MAX_TRANSACTION = TimeUnit.SECONDS.toNanos(30);
    private static final int PAGE = 1_000;
    private static final int MAX_GAPS = 1_000;
    private static final int MAX_ABANDONED = 200;

    /** The part of the time that is spent on counting everything is one of this. */
    private static final long COUNTS_ONE_IN = 100;

    private static final String FOUND =
            """
            (select 0 as kind, seq, case when state < 2 then name end as name
                from switchboard_message where seq > :after order by seq limit :page)
            union all
            (select 0, seq, case when state < 2 then name end
                from switchboard_message where seq in (:gaps))
            union all
            (select 1, 0, name from switchboard_mailbox where claimed_until <= :ended limit :claims)
            union all
            (select 2, due_at, null from switchboard_message
                where due_at is not null order by due_at limit 1)
            union all
            (select 3, 0, null from switchboard_mailbox limit 1)
            """;

    /**
     * What a query found.
     *
     * @param names names with messages that were stored since the last query
     * @param abandoned names that were claimed by a node which has not renewed its claim for long
     * @param due when the next message expires; null if there is none
     * @param missed whether any name may have mail, because too much was stored
     */
    record Found(
            Set<String> names,
            List<String> abandoned,
            @Nullable Long due,
            boolean missed,
            Transaction in) {}

    private record Row(int kind, long number, @Nullable String name) {}

    private record Rows(List<Row> rows, Transaction in) {}

    private final Store store;
    private final Cluster cluster;
    private final Totals totals;
    private final AtomicLong stirs = new AtomicLong();
    private volatile boolean quiet;

    private long last = System.nanoTime() - EVERY;
    private long nextCount = System.nanoTime();

    /** The highest number that was seen; -1 before the first query. */
    private long after = -1;

    /** Numbers that were left out, with the time when they are given up. */
    private final TreeMap<Long, Long> gaps = new TreeMap<>();

    SharedMail(Store store, Cluster cluster, Totals totals) {
        this.store = store;
        this.cluster = cluster;
        this.totals = totals;
    }

    /** Notes that a message was stored, by any node. Any thread. */
    void stirred() {
        stirs.incrementAndGet();
        quiet = false;
    }

    /** Returns whether a name may have mail. Any thread. */
    boolean mayHaveMail() {
        return store.shared() ? !quiet : !totals.none();
    }

    /** Returns the nanoseconds until {@link #find} is to be called. */
    long untilNext() {
        if (!store.shared() || (quiet && cluster.single())) {
            return Long.MAX_VALUE;
        }
        // without Redis this node is not told
        long pause = quiet && cluster.connected() ? WHILE_QUIET : EVERY;
        return last + pause - System.nanoTime();
    }

    /** Queries the database. Blocks. */
    Found find() {
        long stirsBefore = stirs.get();
        Rows read = store.read(this::read);
        last = System.nanoTime();
        Set<String> names = new LinkedHashSet<>();
        List<String> abandoned = new ArrayList<>();
        Long due = null;
        boolean any = false;
        boolean missed = after < 0;
        int count = 0;
        long giveUp = System.nanoTime() + MAX_TRANSACTION;
        for (Row row : read.rows()) {
            String name = row.name();
            switch (row.kind()) {
                case 0 -> {
                    count++;
                    missed |= seen(row.number(), giveUp);
                    if (name != null) {
                        names.add(name);
                    }
                }
                case 1 -> abandoned.add(String.valueOf(name));
                case 2 -> due = row.number();
                default -> any = true;
            }
        }
        after = Math.max(after, 0);
        forgetGaps();
        if (count >= PAGE) {
            last -= EVERY; // there is more
        }
        if (!any && stirs.get() == stirsBefore) {
            quiet = true;
            if (stirs.get() != stirsBefore) {
                quiet = false;
            }
        }
        count();
        return new Found(names, abandoned, due, missed, read.in());
    }

    private Rows read(Transaction in) {
        long from = after;
        if (from < 0) {
            // transactions that are not committed yet may have numbers below the highest one
            from =
                    in.jdbc()
                            .sql("select coalesce(max(seq), 0) - ? from switchboard_message")
                            .param(MAX_GAPS)
                            .query(Long.class)
                            .single();
        }
        List<Row> rows =
                in.jdbc()
                        .sql(FOUND)
                        .param("after", from)
                        .param("page", PAGE)
                        .param("gaps", gaps.isEmpty() ? List.of(-1L) : List.copyOf(gaps.keySet()))
                        .param("ended", in.now() - Claims.LEASE.toMillis())
                        .param("claims", MAX_ABANDONED)
                        .query(
                                (row, _) ->
                                        new Row(
                                                row.getInt("kind"),
                                                row.getLong("seq"),
                                                row.getString("name")))
                        .list();
        return new Rows(rows, in);
    }

    /** Notes a number. Returns whether too many before it are left out. */
    private boolean seen(long number, long giveUp) {
        gaps.remove(number);
        boolean tooMany = false;
        if (after >= 0) {
            for (long gap = after + 1; gap < number && !tooMany; gap++) {
                gaps.put(gap, giveUp);
                tooMany = gaps.size() > MAX_GAPS;
            }
        }
        after = Math.max(after, number);
        return tooMany;
    }

    private void forgetGaps() {
        long now = System.nanoTime();
        Iterator<Long> each = gaps.values().iterator();
        while (each.hasNext()) {
            if (each.next() - now <= 0) {
                each.remove();
            }
        }
        while (gaps.size() > MAX_GAPS) {
            gaps.pollFirstEntry();
        }
    }

    /** Counts all messages again, because other nodes change their number too. */
    private void count() {
        long began = System.nanoTime();
        if (cluster.single() || nextCount - began > 0) {
            return;
        }
        MailboxSize all = quiet ? new MailboxSize("", 0, 0) : store.read(MessageRows::total);
        totals.set(all.messages(), all.bytes());
        long took = System.nanoTime() - began;
        nextCount = System.nanoTime() + Math.max(WHILE_QUIET, COUNTS_ONE_IN * took);
    }
}
