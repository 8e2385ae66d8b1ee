package io.switchboard.webhook;

import io.switchboard.store.Transaction;
import io.switchboard.webhook.QueuedEvent.InStore;
import io.switchboard.webhook.QueuedEvent.Source;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements on the tables of one listener's events. Each is for one transaction.
 *
 * @param listener the name of the listener
 */
record EventRows(String listener) {
    /** The bytes that a row takes of the store's limit, besides the body. */
    static final int ROW_OVERHEAD = 256;

    /** A row to be inserted. */
    @SuppressWarnings("ArrayRecordComponent") // rows are not compared
    record Row(Source source, long seq, String delivery, long expiresAt, byte[] body) {
        int size() {
            return ROW_OVERHEAD + body.length;
        }
    }

    /** A peer that is connected, as JSON. */
    @SuppressWarnings("ArrayRecordComponent") // peers are not compared
    record StoredPeer(Source source, byte[] fields) {}

    /** A process whose events are in the store. */
    record Run(String run, String owner, long beat) {}

    /**
     * Events that follow each other in the store.
     *
     * @param complete whether there are no more in the requested range
     */
    record Page(List<InStore> events, boolean complete) {}

    /** How many events there are, and the bytes that they take of the store's limit. */
    record Amount(long events, long bytes) {}

    /** How many events a listener has, and when the first of them expires; 0 if there is none. */
    record Span(long events, long firstExpiresAt) {}

    /** Returns the listeners that may have events. */
    static List<String> listeners(Transaction in) {
        return in.jdbc()
                .sql("select distinct listener from switchboard_webhook_run order by listener")
                .query((row, _) -> row.getString("listener"))
                .list();
    }

    Span span(Transaction in) {
        return in.jdbc()
                .sql(
                        "select count(*) as events, coalesce(min(expires_at), 0) as expires_at from switchboard_webhook_event where listener = ?")
                .param(listener)
                .query((row, _) -> new Span(row.getLong("events"), row.getLong("expires_at")))
                .single();
    }

    /** Deletes events that have expired, at most this many; returns their number. */
    int deleteExpired(Transaction in, int limit) {
        List<Object[]> expired =
                in.jdbc()
                        .sql(
                                "select run, seq from switchboard_webhook_event where listener = ? and expires_at <= ? limit "
                                        + limit)
                        .params(listener, in.now())
                        .query(
                                (row, _) ->
                                        new Object[] {
                                            listener, row.getString("run"), row.getLong("seq")
                                        })
                        .list();
        in.batch(
                "delete from switchboard_webhook_event where listener = ? and run = ? and seq = ?",
                expired);
        return expired.size();
    }

    /** Deletes the runs of the listener and their peers if it has no events. */
    boolean forgetRuns(Transaction in) {
        if (span(in).events() > 0) {
            return false;
        }
        for (String table : List.of("switchboard_webhook_peer", "switchboard_webhook_run")) {
            in.jdbc().sql("delete from " + table + " where listener = ?").param(listener).update();
        }
        return true;
    }

    void insert(Transaction in, List<Row> rows) {
        List<Object[]> values = new ArrayList<>(rows.size());
        for (Row each : rows) {
            values.add(
                    new Object[] {
                        listener,
                        each.source().run(),
                        each.seq(),
                        each.source().peer(),
                        each.delivery(),
                        in.now(),
                        each.expiresAt(),
                        each.size(),
                        each.body()
                    });
        }
        in.batch(
                "insert into switchboard_webhook_event (listener, run, seq, peer, delivery, stored_at, expires_at, size, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values);
    }

    /** Removes the rows of a run with these numbers, which an earlier attempt may have inserted. */
    void undo(Transaction in, String run, long first, long last) {
        in.jdbc()
                .sql(
                        "delete from switchboard_webhook_event where listener = ? and run = ? and seq between ? and ?")
                .params(listener, run, first, last)
                .update();
    }

    void delete(Transaction in, List<InStore> events) {
        in.batch(
                "delete from switchboard_webhook_event where listener = ? and run = ? and seq = ?",
                events.stream()
                        .map(each -> new Object[] {listener, each.source().run(), each.seq()})
                        .toList());
    }

    /**
     * Returns the first events of a range, in their order: {@code limit} at most, and so many that
     * their bytes do not exceed a limit, but one at least if there is one.
     *
     * @param peer whose events; null for those of all peers
     */
    Page page(
            Transaction in,
            String run,
            @Nullable String peer,
            long after,
            long upTo,
            int limit,
            long maxBytes) {
        String range =
                " from switchboard_webhook_event where listener = ? and run = ?"
                        + (peer == null ? "" : " and peer = ?")
                        + " and seq > ? and seq <= ? order by seq limit "
                        + limit;
        record Size(long seq, int bytes) {}
        List<Size> sizes =
                in.jdbc()
                        .sql("select seq, size" + range)
                        .params(range(run, peer, after, upTo))
                        .query((row, _) -> new Size(row.getLong("seq"), row.getInt("size")))
                        .list();
        if (sizes.isEmpty()) {
            return new Page(List.of(), true);
        }
        int fits = 0;
        long bytes = 0;
        for (Size each : sizes) {
            bytes += each.bytes();
            if (fits > 0 && bytes > maxBytes) {
                break;
            }
            fits++;
        }
        List<InStore> events =
                in.jdbc()
                        .sql("select seq, peer, delivery, expires_at, size, body" + range)
                        .params(range(run, peer, after, sizes.get(fits - 1).seq()))
                        .query(
                                (row, _) ->
                                        new InStore(
                                                new Source(run, row.getString("peer")),
                                                row.getLong("seq"),
                                                row.getString("delivery"),
                                                in.nanosAt(row.getLong("expires_at")),
                                                row.getInt("size"),
                                                row.getBytes("body"),
                                                null))
                        .list();
        return new Page(events, fits == sizes.size() && fits < limit);
    }

    private List<Object> range(String run, @Nullable String peer, long after, long upTo) {
        return peer == null
                ? List.of(listener, run, after, upTo)
                : List.of(listener, run, peer, after, upTo);
    }

    Amount amount(Transaction in, String run) {
        return in.jdbc()
                .sql(
                        "select count(*) as events, coalesce(sum(size), 0) as bytes from switchboard_webhook_event where listener = ? and run = ?")
                .params(listener, run)
                .query((row, _) -> new Amount(row.getLong("events"), row.getLong("bytes")))
                .single();
    }

    /** Returns how many events there are of all runs of an owner. */
    Amount amountOfOwner(Transaction in, String owner) {
        return in.jdbc()
                .sql(
                        """
                        select count(*) as events, coalesce(sum(size), 0) as bytes
                            from switchboard_webhook_event where listener = :listener and run in
                                (select run from switchboard_webhook_run
                                    where listener = :listener and owner = :owner)
                        """)
                .param("listener", listener)
                .param("owner", owner)
                .query((row, _) -> new Amount(row.getLong("events"), row.getLong("bytes")))
                .single();
    }

    /** Returns the greatest number of an event of a run; 0 if there is none. */
    long lastSeq(Transaction in, String run) {
        return in.jdbc()
                .sql(
                        "select coalesce(max(seq), 0) from switchboard_webhook_event where listener = ? and run = ?")
                .params(listener, run)
                .query(Long.class)
                .single();
    }

    void connected(Transaction in, List<StoredPeer> peers) {
        in.batch(
                "insert into switchboard_webhook_peer (listener, run, peer, fields) values (?, ?, ?, ?)",
                peers.stream()
                        .map(
                                each ->
                                        new Object[] {
                                            listener,
                                            each.source().run(),
                                            each.source().peer(),
                                            each.fields()
                                        })
                        .toList());
    }

    void changed(Transaction in, List<StoredPeer> peers) {
        in.batch(
                "update switchboard_webhook_peer set fields = ? where listener = ? and run = ? and peer = ?",
                peers.stream()
                        .map(
                                each ->
                                        new Object[] {
                                            each.fields(),
                                            listener,
                                            each.source().run(),
                                            each.source().peer()
                                        })
                        .toList());
    }

    void closed(Transaction in, List<Source> peers) {
        in.batch(
                "delete from switchboard_webhook_peer where listener = ? and run = ? and peer = ?",
                peers.stream()
                        .map(each -> new Object[] {listener, each.run(), each.peer()})
                        .toList());
    }

    /** Returns some of the peers that were connected when a process ended. */
    List<StoredPeer> peers(Transaction in, String run, int limit) {
        return in.jdbc()
                .sql(
                        "select peer, fields from switchboard_webhook_peer where listener = ? and run = ? order by peer limit ?")
                .params(listener, run, limit)
                .query(
                        (row, _) ->
                                new StoredPeer(
                                        new Source(run, row.getString("peer")),
                                        row.getBytes("fields")))
                .list();
    }

    /** Returns the runs that other processes own. */
    List<Run> runsOfOthers(Transaction in, String owner) {
        return in.jdbc()
                .sql(
                        "select run, owner, beat from switchboard_webhook_run where listener = ? and owner <> ? order by run")
                .params(listener, owner)
                .query(
                        (row, _) ->
                                new Run(
                                        row.getString("run"),
                                        row.getString("owner"),
                                        row.getLong("beat")))
                .list();
    }

    /** Inserts the row of a run, unless it is there. */
    void join(Transaction in, String run, String owner) {
        boolean missing =
                in.jdbc()
                        .sql(
                                "select run from switchboard_webhook_run where listener = ? and run = ?")
                        .params(listener, run)
                        .query(String.class)
                        .optional()
                        .isEmpty();
        if (missing) {
            in.jdbc()
                    .sql(
                            "insert into switchboard_webhook_run (listener, run, owner, beat) values (?, ?, ?, 0)")
                    .params(listener, run, owner)
                    .update();
        }
    }

    /** Makes a process the owner of a run that has not changed; returns whether it is. */
    boolean take(Transaction in, Run run, String owner) {
        return in.jdbc()
                        .sql(
                                "update switchboard_webhook_run set owner = ?, beat = 0 where listener = ? and run = ? and owner = ? and beat = ?")
                        .params(owner, listener, run.run(), run.owner(), run.beat())
                        .update()
                > 0;
    }

    /** Shows that the owner of a run lives; returns false if another process owns the run. */
    boolean beat(Transaction in, String run, String owner) {
        return in.jdbc()
                        .sql(
                                "update switchboard_webhook_run set beat = beat + 1 where listener = ? and run = ? and owner = ?")
                        .params(listener, run, owner)
                        .update()
                > 0;
    }

    /** Makes this process the owner of a run of its own again, also if the run was removed. */
    void takeBack(Transaction in, String run, String owner) {
        int changed =
                in.jdbc()
                        .sql(
                                "update switchboard_webhook_run set owner = ?, beat = 0 where listener = ? and run = ?")
                        .params(owner, listener, run)
                        .update();
        if (changed == 0) {
            join(in, run, owner);
        }
    }

    /** Lets other processes take over what this one owns, at once. */
    void leave(Transaction in, String owner) {
        in.jdbc()
                .sql(
                        "update switchboard_webhook_run set beat = -1 where listener = ? and owner = ?")
                .params(listener, owner)
                .update();
    }

    /** Removes the row of a run if nothing of the run is left; returns whether it is gone. */
    boolean removeIfEmpty(Transaction in, String run) {
        return in.jdbc()
                        .sql(
                                """
                                delete from switchboard_webhook_run where listener = :listener and run = :run
                                    and not exists (select 1 from switchboard_webhook_event
                                        where listener = :listener and run = :run)
                                    and not exists (select 1 from switchboard_webhook_peer
                                        where listener = :listener and run = :run)
                                """)
                        .param("listener", listener)
                        .param("run", run)
                        .update()
                > 0;
    }
}
