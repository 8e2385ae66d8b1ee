package io.switchboard.mailbox;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.Reach;
import io.switchboard.store.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The statements on the tables of stored messages. Each is for one transaction. */
final class MessageRows {
    /** How long the state of a message can be read after it has ended. */
    private static final long REMEMBERED_MILLIS = Duration.ofHours(1).toMillis();

    private static final int MAX_PEERS_LENGTH = 1_024;
    private static final int EXPIRY_BATCH = 500;
    private static final String COLUMNS =
            "id, name, state, size, stored_at, expires_at, changed_at, attempts, peers";

    private MessageRows() {}

    /**
     * A message that is to be sent.
     *
     * @param attempts the number of this attempt
     * @param peersBefore the peers of earlier attempts, as the row has them
     */
    record Claimed(
            String id,
            String name,
            Send send,
            int size,
            long expiresAt,
            int attempts,
            String peersBefore) {

        /** Returns the message with an attempt less. */
        Claimed withoutAttempt() {
            return new Claimed(id, name, send, size, expiresAt, attempts - 1, peersBefore);
        }
    }

    /** What became of a message by an attempt that was decided. */
    enum End {
        /** This transaction ends it. */
        NOW,
        /** An earlier transaction has ended it, whose commit seemed to fail. */
        EARLIER,
        /** Another node has begun a later attempt, or has ended it. */
        LOST
    }

    /** A message that was stored. */
    record Known(StoredMessage message, int requestHash) {}

    /** Returns a hash of what makes two requests the same, which is equal in every process. */
    static int requestHash(Send send) {
        Framing framing = send.framing();
        Duration ttl = send.ttl();
        List<String> parts =
                List.of(
                        String.join("\n", send.to().stream().map(Target::text).toList()),
                        framing == null ? "" : framing.word(),
                        String.valueOf(send.text()),
                        String.valueOf(send.split()),
                        ttl == null ? "" : ttl.toString());
        return 31 * parts.hashCode() + Arrays.hashCode(send.payload());
    }

    static Optional<Known> byKey(Transaction in, String key, String name) {
        return in.jdbc()
                .sql(
                        "select "
                                + COLUMNS
                                + ", request_hash from switchboard_message where idempotency_key = ? and name = ? and expires_at > ?")
                .params(key, name, in.now())
                .query((row, _) -> new Known(message(row), row.getInt("request_hash")))
                .optional();
    }

    static MailboxSize amount(Transaction in, String name) {
        return in.jdbc()
                .sql("select name, messages, bytes from switchboard_mailbox where name = ?")
                .param(name)
                .query((row, _) -> amount(row))
                .optional()
                .orElse(new MailboxSize(name, 0, 0));
    }

    private static MailboxSize amount(ResultSet row) throws SQLException {
        return new MailboxSize(row.getString("name"), row.getInt("messages"), row.getLong("bytes"));
    }

    /**
     * Stores a message.
     *
     * @param listener the listener where its name was last seen; null if that is not known
     */
    static StoredMessage insert(
            Transaction in,
            String id,
            String name,
            Send send,
            Duration ttl,
            @Nullable String key,
            @Nullable String listener) {
        Framing framing = send.framing();
        long expires = in.now() + ttl.toMillis();
        in.jdbc()
                .sql(
                        """
                        insert into switchboard_message (id, name, state, payload, size, text,
                            framing, split, stored_at, expires_at, changed_at, due_at, attempts,
                            peers, idempotency_key, request_hash)
                        values (:id, :name, 0, :payload, :size, :text,
                            :framing, :split, :now, :expires, :now, :expires, 0,
                            '', :key, :hash)
                        """)
                .param("id", id)
                .param("name", name)
                .param("payload", send.payload())
                .param("size", send.payload().length)
                .param("text", send.text())
                .param("framing", framing == null ? null : framing.word())
                .param("split", send.split())
                .param("now", in.now())
                .param("expires", expires)
                .param("key", key)
                .param("hash", requestHash(send))
                .update();
        int changed = add(in, name, 1, send.payload().length, listener);
        if (changed == 0) {
            in.jdbc()
                    .sql(
                            "insert into switchboard_mailbox (name, messages, bytes, listener) values (:name, 1, :bytes, :listener)")
                    .param("name", name)
                    .param("bytes", send.payload().length)
                    .param("listener", listener, Types.VARCHAR)
                    .update();
        }
        Instant now = Instant.ofEpochMilli(in.now());
        return new StoredMessage(
                id,
                name,
                State.STORED,
                send.payload().length,
                now,
                Instant.ofEpochMilli(expires),
                now,
                0,
                List.of());
    }

    private static int add(
            Transaction in, String name, int messages, long bytes, @Nullable String listener) {
        return in.jdbc()
                .sql(
                        "update switchboard_mailbox set messages = messages + :messages, bytes = bytes + :bytes, listener = coalesce(:listener, listener) where name = :name")
                .param("messages", messages)
                .param("bytes", bytes)
                .param("listener", listener, Types.VARCHAR)
                .param("name", name)
                .update();
    }

    /** Notes the listener where a name with messages was last seen. */
    static void seenAt(Transaction in, String name, String listener) {
        in.jdbc()
                .sql("update switchboard_mailbox set listener = ? where name = ?")
                .params(listener, name)
                .update();
    }

    /**
     * Returns the names among these that have messages, with the listener where each was last seen;
     * empty for a name that was not.
     */
    static Map<String, Optional<String>> withMail(Transaction in, Collection<String> names) {
        Map<String, Optional<String>> listeners = new HashMap<>();
        if (!names.isEmpty()) {
            in.jdbc()
                    .sql("select name, listener from switchboard_mailbox where name in (:names)")
                    .param("names", names)
                    .query(
                            row -> {
                                listeners.put(
                                        row.getString("name"),
                                        Optional.ofNullable(row.getString("listener")));
                            });
        }
        return listeners;
    }

    /** Begins an attempt at the oldest stored message of a name; empty if there is none. */
    static Optional<Claimed> claim(Transaction in, String name, String peers) {
        Optional<Claimed> first =
                in.jdbc()
                        .sql(
                                "select id, payload, size, text, framing, split, expires_at, attempts, peers from switchboard_message where name = ? and state = 0 and expires_at > ? order by seq limit 1")
                        .params(name, in.now())
                        .query((row, _) -> claimed(name, row))
                        .optional();
        first.ifPresent(
                each ->
                        in.jdbc()
                                .sql(
                                        "update switchboard_message set state = 1, attempts = attempts + 1, changed_at = ?, due_at = null, peers = trim(substring(concat(?, ' ', peers) from 1 for ?)) where id = ?")
                                .params(in.now(), peers, MAX_PEERS_LENGTH, each.id())
                                .update());
        return first;
    }

    private static Claimed claimed(String name, ResultSet row) throws SQLException {
        String framing = row.getString("framing");
        Send send =
                new Send(
                        List.of(new Target.One(name)),
                        List.of(),
                        row.getBytes("payload"),
                        row.getBoolean("text"),
                        framing == null ? null : Framing.of(framing),
                        row.getBoolean("split"),
                        false,
                        Send.Wait.WRITTEN,
                        Duration.ZERO,
                        Send.Results.ALL,
                        false,
                        null,
                        Reach.ALL);
        return new Claimed(
                row.getString("id"),
                name,
                send,
                row.getInt("size"),
                row.getLong("expires_at"),
                row.getInt("attempts") + 1,
                row.getString("peers"));
    }

    /**
     * Ends an attempt: the message is stored again. Has no effect if another attempt has begun, or
     * the message has ended.
     */
    static void release(Transaction in, Claimed message) {
        in.jdbc()
                .sql(
                        "update switchboard_message set state = 0, changed_at = ?, due_at = expires_at where id = ? and state = 1 and attempts = ?")
                .params(in.now(), message.id(), message.attempts())
                .update();
    }

    /**
     * Undoes an attempt in which no write began: the message is stored again, as if it had not been
     * offered. Has no effect if the node does not have the claim any more, so that the number of
     * the attempt is not that of another node's. Returns whether it had one.
     */
    static boolean undoAttempt(Transaction in, Claimed message, String node) {
        return in.jdbc()
                        .sql(
                                "update switchboard_message set state = 0, changed_at = ?, due_at = expires_at, attempts = attempts - 1, peers = ? where id = ? and state = 1 and attempts = ? and exists (select 1 from switchboard_mailbox where name = ? and owner = ?)")
                        .params(
                                in.now(),
                                message.peersBefore(),
                                message.id(),
                                message.attempts(),
                                message.name(),
                                node)
                        .update()
                > 0;
    }

    /** Ends a message by its attempt, unless a later attempt has begun or the message has ended. */
    static End endAttempt(Transaction in, Claimed message, State to) {
        int changed =
                end(in, to, message.id(), "state in (0, 1) and attempts = ?", message.attempts());
        if (changed > 0) {
            removed(in, message.name(), message.size());
            return End.NOW;
        }
        return endedEarlier(in, message, to);
    }

    /** Returns what became of a message that this transaction does not end. */
    static End endedEarlier(Transaction in, Claimed message, State to) {
        return find(in, message.id())
                .filter(each -> each.state() == to && each.attempts() == message.attempts())
                .map(_ -> End.EARLIER)
                .orElse(End.LOST);
    }

    /** Ends a message that is stored. Returns whether it was. */
    static boolean endStored(Transaction in, StoredMessage message, State to) {
        int changed = end(in, to, message.id(), "state = ?", State.STORED.code());
        if (changed > 0) {
            removed(in, message.name(), message.bytes());
        }
        return changed > 0;
    }

    private static int end(Transaction in, State to, String id, String condition, int value) {
        return in.jdbc()
                .sql(
                        "update switchboard_message set state = ?, changed_at = ?, payload = null, due_at = case when idempotency_key is not null and expires_at > ? then expires_at else ? end where id = ? and "
                                + condition)
                .params(
                        to.code(),
                        in.now(),
                        in.now() + REMEMBERED_MILLIS,
                        in.now() + REMEMBERED_MILLIS,
                        id,
                        value)
                .update();
    }

    private static void removed(Transaction in, String name, int size) {
        add(in, name, -1, -size, null);
        in.jdbc()
                .sql("delete from switchboard_mailbox where name = ? and messages <= 0")
                .param(name)
                .update();
    }

    /** Returns messages whose time has passed, the oldest ones. */
    static List<StoredMessage> due(Transaction in) {
        return in.jdbc()
                .sql(
                        "select "
                                + COLUMNS
                                + " from switchboard_message where due_at <= ? order by due_at limit "
                                + EXPIRY_BATCH)
                .param(in.now())
                .query((row, _) -> message(row))
                .list();
    }

    /**
     * Messages that have expired.
     *
     * @param listeners where their names were last seen
     */
    record Expired(List<StoredMessage> messages, Map<String, Optional<String>> listeners) {
        /** Returns the listener where a name was last seen; null if that is not known. */
        @Nullable String listener(String name) {
            return listeners.getOrDefault(name, Optional.empty()).orElse(null);
        }
    }

    /**
     * Expires those of these messages that are still stored, and deletes the rows of the others,
     * which have ended. Returns the ones that it has expired.
     */
    static Expired expire(Transaction in, List<StoredMessage> due) {
        Map<String, Optional<String>> listeners =
                withMail(
                        in,
                        due.stream()
                                .filter(each -> each.state() == State.STORED)
                                .map(StoredMessage::name)
                                .distinct()
                                .toList());
        List<StoredMessage> expired = new ArrayList<>();
        for (StoredMessage each : due) {
            if (each.state() != State.STORED) {
                in.jdbc()
                        .sql("delete from switchboard_message where id = ?")
                        .param(each.id())
                        .update();
            } else if (endStored(in, each, State.EXPIRED)) {
                expired.add(each);
            }
        }
        return new Expired(expired, listeners);
    }

    /** Returns the time at which the next message is {@link #due}; empty if there is none. */
    static Optional<Long> nextDue(Transaction in) {
        return in.jdbc()
                .sql(
                        "select due_at from switchboard_message where due_at is not null order by due_at limit 1")
                .query(Long.class)
                .optional();
    }

    /**
     * Makes the rows of the embedded database consistent, which an earlier process left: attempts
     * that it had begun have ended. If the store's time is before that of a message that waits, no
     * deadline can be decided, and all messages that wait are due at once.
     */
    static void recover(Transaction in) {
        long newest =
                in.jdbc()
                        .sql(
                                "select coalesce(max(changed_at), 0) from switchboard_message where state in (0, 1)")
                        .query(Long.class)
                        .single();
        in.jdbc()
                .sql(
                        "update switchboard_message set state = 0, due_at = expires_at where state = 1")
                .update();
        in.jdbc()
                .sql(
                        "update switchboard_mailbox set owner = null, claimed_until = null where owner is not null")
                .update();
        if (newest > in.now()) {
            in.jdbc()
                    .sql(
                            "update switchboard_message set due_at = ?, expires_at = ? where state = 0")
                    .params(in.now(), in.now())
                    .update();
        }
    }

    /** Ends all attempts but those at these messages. */
    static void releaseOthers(Transaction in, Set<String> kept) {
        List<String> begun =
                in.jdbc()
                        .sql("select id from switchboard_message where state = 1")
                        .query((row, _) -> row.getString("id"))
                        .list();
        for (String id : begun) {
            if (!kept.contains(id)) {
                in.jdbc()
                        .sql(
                                "update switchboard_message set state = 0, due_at = expires_at where id = ?")
                        .param(id)
                        .update();
            }
        }
    }

    static MailboxSize total(Transaction in) {
        return in.jdbc()
                .sql(
                        "select '' as name, coalesce(sum(messages), 0) as messages, coalesce(sum(bytes), 0) as bytes from switchboard_mailbox")
                .query((row, _) -> amount(row))
                .single();
    }

    static Optional<StoredMessage> find(Transaction in, String id) {
        return in.jdbc()
                .sql("select " + COLUMNS + " from switchboard_message where id = ?")
                .param(id)
                .query((row, _) -> message(row))
                .optional();
    }

    static List<StoredMessage> find(Transaction in, Collection<String> ids) {
        return in.jdbc()
                .sql("select " + COLUMNS + " from switchboard_message where id in (:ids)")
                .param("ids", ids)
                .query((row, _) -> message(row))
                .list();
    }

    static List<MailboxSize> amounts(Transaction in, String after, int limit) {
        return in.jdbc()
                .sql(
                        "select name, messages, bytes from switchboard_mailbox where name > ? order by name limit ?")
                .params(after, limit)
                .query((row, _) -> amount(row))
                .list();
    }

    /** Returns the messages of a name that are stored or being sent, oldest first. */
    static List<StoredMessage> waiting(Transaction in, String name, String after, int limit) {
        return in.jdbc()
                .sql(
                        "select "
                                + COLUMNS
                                + " from switchboard_message where name = ? and state in (0, 1) and seq > coalesce((select seq from switchboard_message where id = ? and name = ?), 0) order by seq limit ?")
                .params(name, after, name, limit)
                .query((row, _) -> message(row))
                .list();
    }

    private static StoredMessage message(ResultSet row) throws SQLException {
        String peers = row.getString("peers");
        if (peers.length() >= MAX_PEERS_LENGTH) {
            peers = peers.substring(0, Math.max(0, peers.lastIndexOf(' '))); // the last is cut off
        }
        return new StoredMessage(
                row.getString("id"),
                row.getString("name"),
                State.of(row.getInt("state")),
                row.getInt("size"),
                Instant.ofEpochMilli(row.getLong("stored_at")),
                Instant.ofEpochMilli(row.getLong("expires_at")),
                Instant.ofEpochMilli(row.getLong("changed_at")),
                row.getInt("attempts"),
                peers.isEmpty() ? List.of() : List.of(peers.split(" ", -1)));
    }
}
