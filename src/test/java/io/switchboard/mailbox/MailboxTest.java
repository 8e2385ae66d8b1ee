package io.switchboard.mailbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.DeliveryFixtures;
import io.switchboard.delivery.Send;
import io.switchboard.events.Event;
import io.switchboard.events.EventSink;
import io.switchboard.events.EventType;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.StoreFixtures;
import io.switchboard.store.Transaction;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mailbox without sockets. */
class MailboxTest {
    @TempDir private Path directory;
    private final KernelSockets kernel = new KernelSockets();
    private final PeerRegistry registry =
            PeerFixtures.registry(PeerFixtures.limits(1_000_000, 1), 1_000);
    private final Sink sink = new Sink();
    private Store store;
    private MailboxFixture fixture;
    private Mailbox mailbox;

    /** Remembers the events of transactions, and refuses to store those of one type. */
    private static final class Sink implements EventSink {
        private final List<String> stored = new CopyOnWriteArrayList<>();
        private volatile @Nullable EventType refused;

        @Override
        public void event(PeerSession session, EventType type, @Nullable String reason) {}

        @Override
        public void store(
                Transaction in,
                EventType type,
                Event.Stored message,
                @Nullable PeerSession session,
                @Nullable String listener) {
            if (type == refused) {
                throw new StoreException(StoreException.Fault.UNAVAILABLE, "refused");
            }
            in.whenEnded(
                    outcome -> {
                        if (outcome == Transaction.Outcome.COMMITTED) {
                            stored.add(type.word() + " " + message.name());
                        }
                    });
        }

        @Override
        public void stored(
                EventType type,
                Event.Stored message,
                @Nullable PeerSession session,
                @Nullable String listener) {}
    }

    @BeforeEach
    void open() {
        store = StoreFixtures.embedded(directory);
        fixture = new MailboxFixture(store, registry, kernel, sink);
        mailbox = fixture.mailbox();
    }

    @AfterEach
    void close() {
        fixture.close();
        store.close();
        kernel.destroy();
    }

    private String store(String name, Duration ttl) throws Exception {
        Send send = DeliveryFixtures.send(name, ttl);
        return ((MailboxResult.Reported) mailbox.send(send, null)).entries().getFirst().id();
    }

    private State state(String id) {
        return mailbox.find(id, Reach.ALL).orElseThrow().state();
    }

    /** Its pages, too: each has as many names in reach as a page of all names. */
    @Test
    void aReachHasItsNamesOnly() throws Exception {
        Reach some = new Reach(Set.of(), Set.of("a"));
        for (String name : List.of("a-1", "b-1", "a-2", "b-2", "a-3")) {
            store(name, Duration.ofHours(1));
        }
        String hidden = store("b-3", Duration.ofHours(1));
        Mailbox.Names first = mailbox.names("", 2, some);
        assertThat(first.mailboxes()).extracting(MailboxSize::name).containsExactly("a-1", "a-2");
        assertThat(first.messages()).isEqualTo(3);
        assertThat(first.bytes()).isEqualTo(15);
        Mailbox.Names second = mailbox.names(String.valueOf(first.next()), 2, some);
        assertThat(second.mailboxes()).extracting(MailboxSize::name).containsExactly("a-3");
        assertThat(second.next()).isNull();
        assertThat(mailbox.find(hidden, some)).isEmpty();
        assertThat(mailbox.cancel(hidden, some)).isEmpty();
        assertThat(mailbox.cancelAll("b-3", some)).isZero();
        assertThat(mailbox.messages("b-3", "", 10, some).total()).isZero();
        assertThat(mailbox.messages("b-3", "", 10, Reach.ALL).total()).isEqualTo(1);
        assertThat(mailbox.messages("a-3", "", 10, some).total()).isEqualTo(1);
    }

    @Test
    void eachEndIsInOneTransactionWithItsEvent() throws Exception {
        PeerSession peer =
                registry.open(PeerFixtures.listener("default", Transport.UNIX), new FakeLink());
        registry.rename(peer, "here");
        String acked = store("here", Duration.ofHours(1));
        String cancelled = store("away", Duration.ofHours(1));
        mailbox.cancel(cancelled, Reach.ALL);
        String expired = store("gone", Duration.ofSeconds(1));
        await().until(
                        () ->
                                Stream.of(acked, cancelled, expired)
                                        .noneMatch(each -> state(each) == State.STORED));
        // a state can be read before the end of its transaction has been announced
        await().untilAsserted(
                        () ->
                                assertThat(sink.stored)
                                        .containsExactlyInAnyOrder(
                                                "message-stored here",
                                                "message-acked here",
                                                "message-stored away",
                                                "message-cancelled away",
                                                "message-stored gone",
                                                "message-expired gone"));
    }

    /** A peer that does not read, with a full outbox: the message is offered again and again. */
    @Test
    void aRefusalByAFullOutboxIsNoAttempt() throws Exception {
        FakeLink link = new FakeLink(FakeLink.FULL);
        PeerSession peer = registry.open(PeerFixtures.listener("default", Transport.UNIX), link);
        peer.send("fills the outbox".getBytes(UTF_8));
        registry.rename(peer, "slow");
        String id = store("slow", Duration.ofHours(1));
        Set<Instant> changes = new HashSet<>();
        await().until(
                        () -> {
                            changes.add(mailbox.find(id, Reach.ALL).orElseThrow().changedAt());
                            return changes.size() >= 4;
                        });
        await().untilAsserted(
                        () -> {
                            StoredMessage message = mailbox.find(id, Reach.ALL).orElseThrow();
                            assertThat(message.state()).isEqualTo(State.STORED);
                            assertThat(message.attempts()).isZero();
                            assertThat(message.peers()).isEmpty();
                        });
        link.kernel(FakeLink.TAKES_ALL);
        peer.writable();
        await().until(() -> state(id) == State.ACKED);
        StoredMessage message = mailbox.find(id, Reach.ALL).orElseThrow();
        assertThat(message.attempts()).isOne();
        assertThat(message.peers()).containsExactly(peer.id().toString());
    }

    /** The ttl ends in the outbox of a peer that does not read. */
    @Test
    void aMessageThatExpiresInAnOutboxHasNoAttempt() throws Exception {
        PeerSession peer =
                registry.open(
                        PeerFixtures.listener("default", Transport.UNIX),
                        new FakeLink(FakeLink.FULL));
        registry.rename(peer, "slow");
        String id = store("slow", Duration.ofSeconds(1));
        await().until(() -> state(id) == State.EXPIRED);
        assertThat(mailbox.find(id, Reach.ALL).orElseThrow().attempts()).isZero();
    }

    @Test
    void nothingChangesIfTheEventIsNotStored() throws Exception {
        String waits = store("away", Duration.ofHours(1));
        sink.refused = EventType.MESSAGE_CANCELLED;
        assertThatThrownBy(() -> mailbox.cancel(waits, Reach.ALL))
                .isInstanceOf(StoreException.class);
        assertThat(state(waits)).isEqualTo(State.STORED);
        sink.refused = EventType.MESSAGE_STORED;
        assertThatThrownBy(() -> store("away", Duration.ofHours(1)))
                .isInstanceOf(StoreException.class);
        assertThat(mailbox.messages("away", "", 10, Reach.ALL).total()).isOne();
    }
}
