package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.store.PostgresServer;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The query for what other nodes have stored, with other connections in the place of nodes. */
class SharedMailIT {
    private static PostgresServer database;
    private static Store store;
    private SharedMail mail;

    @BeforeAll
    static void open() throws Exception {
        database = PostgresServer.start();
        store = StoreFixtures.store(database);
        store.writeAndWait(_ -> true);
    }

    @AfterAll
    static void close() throws Exception {
        store.close();
        database.close();
    }

    private static Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(database.url(), "test", "");
        connection.setAutoCommit(false);
        return connection;
    }

    private static void execute(Connection in, String sql) throws SQLException {
        try (Statement statement = in.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void insert(Connection in, String name) throws SQLException {
        execute(
                in,
                "insert into switchboard_message (id, name, state, size, text, split, stored_at, expires_at, changed_at, due_at, attempts, peers, request_hash) values ('%1$s', '%1$s', 0, 0, true, false, 0, 9e15, 0, 9e15, 0, '', 0)"
                        .formatted(name));
    }

    @BeforeEach
    void empty() throws SQLException {
        try (Connection in = connect()) {
            execute(in, "delete from switchboard_message");
            execute(in, "delete from switchboard_mailbox");
            in.commit();
        }
        mail =
                new SharedMail(
                        store,
                        new Cluster.SingleNode(() -> new Node("n", null, "h", null, 0, false)),
                        new Totals(StoreFixtures.bytes(1_000_000_000), new SimpleMeterRegistry()));
        mail.find();
    }

    @Test
    void findsAMessageWhoseTransactionEndsAfterThatOfALaterOne() throws SQLException {
        try (Connection slow = connect();
                Connection quick = connect()) {
            insert(slow, "early");
            insert(quick, "late");
            quick.commit();
            assertThat(mail.find().names()).containsExactly("late");
            assertThat(mail.find().names()).isEmpty();
            slow.commit();
            assertThat(mail.find().names()).containsExactly("early");
            assertThat(mail.find().names()).isEmpty();
        }
    }

    @Test
    void findsMoreThanOneQueryReturns() throws SQLException {
        try (Connection in = connect()) {
            for (int at = 0; at < 1_500; at++) {
                insert(in, "many-" + at);
            }
            in.commit();
        }
        assertThat(mail.find().names()).hasSize(1_000);
        mail.stirred();
        assertThat(mail.untilNext()).isNotPositive();
        assertThat(mail.find().names()).hasSize(500);
    }

    @Test
    void isQuietWhileNobodyHasMail() throws SQLException {
        assertThat(mail.mayHaveMail()).isFalse();
        assertThat(mail.untilNext()).isEqualTo(Long.MAX_VALUE);
        mail.stirred();
        assertThat(mail.mayHaveMail()).isTrue();
        assertThat(mail.untilNext()).isLessThanOrEqualTo(1_000_000_000L);
    }

    @Test
    void endsTheClaimsOfNodesThatAreGoneForLong() throws Exception {
        try (Connection in = connect()) {
            insert(in, "left");
            insert(in, "kept");
            execute(in, "update switchboard_message set state = 1, due_at = null");
            for (String name : new String[] {"left", "kept"}) {
                execute(
                        in,
                        "insert into switchboard_mailbox (name, messages, bytes, owner, claimed_until) select '%s', 1, 0, 'dead', extract(epoch from now()) * 1000 %s"
                                .formatted(name, name.equals("left") ? "- 60000" : "- 1"));
            }
            in.commit();
        }
        SharedMail.Found found = mail.find();
        assertThat(found.abandoned()).containsExactly("left");
        store.writeAndWait(
                found.abandoned(),
                in -> {
                    ClaimRows.abandon(in, found.abandoned());
                    return true;
                },
                _ -> {});
        assertThat(mail.find().abandoned()).isEmpty();
        assertThat(store.read(in -> MessageRows.find(in, "left")).orElseThrow().state())
                .isEqualTo(StoredMessage.State.STORED);
        assertThat(store.read(in -> MessageRows.find(in, "kept")).orElseThrow().state())
                .isEqualTo(StoredMessage.State.SENDING);
    }
}
