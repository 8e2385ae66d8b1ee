package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import io.switchboard.store.PostgresServer;
import io.switchboard.store.PreviousStore;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This release sends the messages that an earlier one has stored. */
class MailboxUpgradeIT {
    @TempDir private Path directory;

    @Test
    void sendsWhatIsInTheEmbeddedDatabase() throws Exception {
        PreviousStore.copyTo(directory);
        try (Store store = StoreFixtures.embedded(directory)) {
            sendsAll(store);
        }
    }

    @Test
    void sendsWhatIsInPostgresql() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            PreviousStore.load(server);
            try (Store store = StoreFixtures.store(server)) {
                sendsAll(store);
            }
        }
    }

    private static void sendsAll(Store store) throws Exception {
        PeerRegistry registry = PeerFixtures.registry();
        KernelSockets kernel = new KernelSockets();
        try (MailboxFixture fixture = new MailboxFixture(store, registry, kernel)) {
            FakeLink link = new FakeLink();
            PeerSession van = registry.open(PeerFixtures.listener("default", Transport.UNIX), link);
            registry.rename(van, "van");
            await().until(
                            () ->
                                    link.text().equals("first\nsecond\nthird\n")
                                            && fixture.mailbox()
                                                    .names("", 10, Reach.ALL)
                                                    .mailboxes()
                                                    .isEmpty());
            assertThat(PreviousStore.missingMigrations(store)).isZero();
        } finally {
            kernel.destroy();
        }
    }
}
