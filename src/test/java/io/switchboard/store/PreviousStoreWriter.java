package io.switchboard.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes the files of {@link PreviousStore} with this release. Its name keeps it out of the usual
 * runs. Before the first migration after a release is added, run it at that release's commit:
 *
 * <pre>
 *   ./mvnw verify -Dit.test=PreviousStoreWriter -Dstore.write=src/test/resources/store
 * </pre>
 */
@EnabledIfSystemProperty(named = "store.write", matches = ".+")
class PreviousStoreWriter {
    private static final Path TARGET = Path.of(System.getProperty("store.write", "."));
    private static final String YEAR_2200 = "7258118400000";

    @TempDir private Path directory;

    @Test
    void writesTheEmbeddedDatabase() throws Exception {
        write(List.of("switchboard.data.directory=" + directory));
        String url = "jdbc:h2:file:" + directory.resolve("switchboard");
        try (Connection in = DriverManager.getConnection(url, "switchboard", "")) {
            complete(in);
            execute(in, "shutdown compact");
        }
        Files.copy(
                directory.resolve("switchboard.mv.db"),
                TARGET.resolve(PreviousStore.EMBEDDED),
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void writesTheTablesOfPostgresql() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            write(
                    List.of(
                            "spring.datasource.url=" + server.url(),
                            "spring.datasource.username=test"));
            try (Connection in = DriverManager.getConnection(server.url(), "test", "")) {
                complete(in);
            }
            String dump =
                    server.dump()
                            .lines()
                            // newer servers and programs than those of the tests know these
                            .filter(each -> !each.startsWith("\\") && !each.startsWith("SET "))
                            .filter(each -> !each.isEmpty() && !each.startsWith("--"))
                            .collect(Collectors.joining("\n", "", "\n"));
            Files.writeString(TARGET.resolve(PreviousStore.POSTGRESQL), dump);
        }
    }

    /** Runs a service that is killed while messages and events wait. */
    private static void write(List<String> database) throws IOException {
        List<String> properties = new ArrayList<>(database);
        properties.add("switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)");
        properties.add("switchboard.listeners.default.webhook.url=http://127.0.0.1:1/");
        properties.add("switchboard.listeners.default.webhook.store=durable");
        try (ChildService service = ChildService.start(properties.toArray(String[]::new));
                RawClient van = service.connect();
                RawClient other = service.connect()) {
            String id = service.api().idOf(van);
            van.send("id van\nhello\n");
            await().until(() -> service.api().peer(id).path("name").asString().equals("van"));
            service.api().delete("/peers/" + id);
            for (String text : List.of("first", "second", "third")) {
                assertThat(service.api().post("/send?to=van&ttl=7d", text).status()).isEqualTo(202);
            }
            service.api().idOf(other);
            await().until(
                            () ->
                                    service.api()
                                                            .metric(
                                                                    "switchboard_webhook_queued_events{listener=\"default\"}")
                                                    == 9
                                            && service.api()
                                                            .metric(
                                                                    "switchboard_webhook_unstored_events{listener=\"default\"}")
                                                    == 0);
        }
    }

    /** Begins the sending of the first message, and makes everything wait for long. */
    private static void complete(Connection in) throws SQLException {
        execute(
                in,
                "update switchboard_message set state = 1, attempts = 1, due_at = null where seq = (select min(seq) from switchboard_message)");
        execute(in, "update switchboard_mailbox set owner = 'dead', claimed_until = 1");
        execute(in, "update switchboard_message set expires_at = " + YEAR_2200);
        execute(in, "update switchboard_message set due_at = expires_at where state = 0");
        execute(in, "update switchboard_webhook_event set expires_at = " + YEAR_2200);
        execute(in, "update switchboard_webhook_run set beat = -1");
        execute(in, "delete from switchboard_clock");
    }

    private static void execute(Connection in, String sql) throws SQLException {
        try (Statement statement = in.createStatement()) {
            statement.execute(sql);
        }
    }
}
