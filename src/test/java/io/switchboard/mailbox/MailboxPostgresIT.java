package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract with PostgreSQL. */
class MailboxPostgresIT extends MailboxContract {
    private @Nullable PostgresServer server;

    @Override
    List<String> database() throws IOException {
        if (server == null) {
            server = PostgresServer.start();
        }
        return List.of(
                "spring.datasource.url=" + server.url(),
                "spring.datasource.username=test",
                "switchboard.data.directory=/nowhere");
    }

    @Override
    void closeDatabase() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void whileTheDatabaseIsDownLiveSendsWorkAndStoresFail() throws IOException {
        PostgresServer database = server;
        assertThat(database).isNotNull();
        database.kill();
        try (RawClient peer = service().connect()) {
            String id = service().api().idOf(peer);
            assertThat(service().api().post("/send?to=" + id, "live").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("live");
            Answer refused = service().api().post("/send?to=down&ttl=1h", "x");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().path("reason").asString()).isEqualTo("store_unavailable");
        } finally {
            database.restart();
        }
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(
                        () ->
                                assertThat(
                                                service()
                                                        .api()
                                                        .post("/send?to=down&ttl=1h", "x")
                                                        .status())
                                        .isEqualTo(202));
        service().api().delete("/mailboxes/down");
    }

    /** It is what remains of a claim of a node that has died, or that never knew of its commit. */
    @Test
    void anAttemptThatNobodyKnowsIsMadeAgainAfterTheDatabaseWasDown() throws Exception {
        PostgresServer database = server;
        assertThat(database).isNotNull();
        String id = id(store("orphan", "hello", ""));
        try (Connection connection = DriverManager.getConnection(database.url(), "test", "");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "update switchboard_message set state = 1, due_at = null where name = 'orphan'");
            statement.executeUpdate(
                    "update switchboard_mailbox set owner = 'gone', claimed_until = 0 where name = 'orphan'");
        }
        database.kill();
        try (RawClient peer = connectAs("orphan")) {
            service().api().idOf(peer);
            await().atMost(GeneralLimit.LIMIT)
                    .until(() -> service().api().post("/send?to=x&ttl=1h", "x").status() == 503);
            database.restart();
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id, "acked");
        }
        assertThat(service().api().get("/mailboxes/orphan").json().path("total").asInt()).isZero();
    }
}
