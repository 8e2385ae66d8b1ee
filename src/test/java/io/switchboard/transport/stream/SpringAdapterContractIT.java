package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.switchboard.events.EventFilter;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventType;
import io.switchboard.events.Subscription;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.receive.MessageReceiver;
import io.switchboard.testkit.Certificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.event.IpIntegrationEvent;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnection;
import org.springframework.integration.ip.tcp.connection.TcpConnectionCloseEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionFailedCorrelationEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionOpenEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionServerListeningEvent;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Spring Integration's unmodified classes work with a listener's connection factory. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "switchboard.listeners.default.port=0",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.handshake-deadline=2m",
            "switchboard.drain.delay=0s"
        })
@DirtiesContext
class SpringAdapterContractIT {
    private static final EventFilter MESSAGES =
            new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.MESSAGE.word()));

    @TempDir private static Path directory;

    @SuppressWarnings("NullAway.Init") // properties() sets it, before the context starts
    private static Certificate certificate;

    @Autowired
    @Qualifier("defaultListener")
    private TcpReceivingChannelAdapter adapter;

    @Autowired
    @Qualifier("defaultSockets")
    private AbstractServerConnectionFactory sockets;

    @Autowired
    @Qualifier("secureSockets")
    private AbstractServerConnectionFactory secureSockets;

    @Autowired
    @Qualifier("localSockets")
    private AbstractServerConnectionFactory localSockets;

    @Autowired private TcpSendingMessageHandler handler;
    @Autowired private Events events;
    @Autowired private PeerRegistry registry;
    @Autowired private MessageReceiver receiver;
    @Autowired private EventStream stream;

    private final Queue<Message<?>> frames = new ConcurrentLinkedQueue<>();

    @TestConfiguration
    static class Flow {
        @Bean
        TcpSendingMessageHandler handler(
                @Qualifier("defaultSockets") AbstractServerConnectionFactory sockets) {
            TcpSendingMessageHandler handler = new TcpSendingMessageHandler();
            handler.setConnectionFactory(sockets);
            return handler;
        }

        @Bean
        Events events() {
            return new Events();
        }
    }

    /** Records the TCP events of Spring Integration; the gate blocks the next open event. */
    static final class Events {
        private final Queue<IpIntegrationEvent> all = new ConcurrentLinkedQueue<>();
        private volatile @Nullable CompletableFuture<Void> gate;

        @EventListener
        void on(IpIntegrationEvent event) {
            CompletableFuture<Void> closed = gate;
            if (closed != null && event instanceof TcpConnectionOpenEvent) {
                gate = null;
                closed.join();
            }
            all.add(event);
        }

        <T extends IpIntegrationEvent> List<T> of(Class<T> type) {
            return all.stream().filter(type::isInstance).map(type::cast).toList();
        }

        <T extends IpIntegrationEvent> T await(Class<T> type) {
            return org.awaitility.Awaitility.await(type.getSimpleName())
                    .until(() -> of(type), found -> !found.isEmpty())
                    .getFirst();
        }
    }

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry properties) throws Exception {
        certificate = Certificate.make(directory, "server", "CN=localhost");
        certificate.addBundle("server", properties);
        properties.add("switchboard.listeners.local.path", () -> path().toString());
    }

    private static Path path() {
        return directory.resolve("peers.sock");
    }

    @BeforeEach
    void receiveFrames() {
        await().until(() -> registry.sessions().isEmpty());
        // the event of a closed connection follows after the registry has removed it
        await().untilAsserted(
                        () ->
                                assertThat(events.of(TcpConnectionCloseEvent.class))
                                        .hasSameSizeAs(events.of(TcpConnectionOpenEvent.class)));
        adapter.setOutputChannel((frame, _) -> frames.add(frame));
        events.all.clear();
    }

    @AfterEach
    void restoreOutputChannel() {
        adapter.setOutputChannel(receiver);
    }

    private static Socket connect(AbstractServerConnectionFactory factory) throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), factory.getPort());
        client.setSoTimeout(60_000);
        return client;
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static String readLine(Socket client) throws IOException {
        return new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8)).readLine();
    }

    private static List<String> idsOf(AbstractServerConnectionFactory factory, int count) {
        return await().until(factory::getOpenConnectionIds, ids -> ids.size() == count);
    }

    /** Waits until senders can send to the new connection, which is listed a moment before. */
    private String idKnownToSenders() {
        return events.await(TcpConnectionOpenEvent.class).getConnectionId();
    }

    private PeerSession session(String id) {
        return ((Lookup.Live) registry.find(id)).session();
    }

    /** Waits until a peer is closed; returns its last snapshot. */
    private PeerSnapshot closed(String id) {
        await().until(() -> registry.find(id) instanceof Lookup.Closed);
        return ((Lookup.Closed) registry.find(id)).last().orElseThrow();
    }

    private List<String> texts() {
        return frames.stream().map(each -> new String((byte[]) each.getPayload(), UTF_8)).toList();
    }

    private static Message<Object> to(String id, Object payload) {
        return MessageBuilder.withPayload(payload).setHeader(IpHeaders.CONNECTION_ID, id).build();
    }

    @Test
    void publishesTheListeningEventAtEachStart() {
        adapter.stop();
        assertThat(adapter.isListening()).isFalse();
        adapter.start();
        assertThat(adapter.isListening()).isTrue();
        await().untilAsserted(
                        () ->
                                assertThat(events.of(TcpConnectionServerListeningEvent.class))
                                        .singleElement()
                                        .satisfies(
                                                event -> {
                                                    assertThat(event.getSource()).isSameAs(sockets);
                                                    assertThat(event.getPort())
                                                            .isPositive()
                                                            .isEqualTo(sockets.getPort());
                                                }));
    }

    @Test
    void publishesOpenAndCloseEvents() throws Exception {
        String id;
        try (Socket _ = connect(sockets)) {
            TcpConnectionOpenEvent opened = events.await(TcpConnectionOpenEvent.class);
            id = opened.getConnectionId();
            assertThat(sockets.getOpenConnectionIds()).containsExactly(id);
            assertThat(opened.getConnectionFactoryName()).isEqualTo("defaultSockets");
            assertThat(((TcpConnection) opened.getSource()).isOpen()).isTrue();
            assertThat(events.of(TcpConnectionCloseEvent.class)).isEmpty();
        }
        TcpConnectionCloseEvent closed = events.await(TcpConnectionCloseEvent.class);
        assertThat(closed.getConnectionId()).isEqualTo(id);
        assertThat(closed.getConnectionFactoryName()).isEqualTo("defaultSockets");
        assertThat(((TcpConnection) closed.getSource()).isOpen()).isFalse();
        assertThat(events.of(TcpConnectionOpenEvent.class)).hasSize(1);
    }

    @Test
    void publishesCloseEventsWhenTheListenerStops() throws Exception {
        try (Socket _ = connect(sockets);
                Socket _ = connect(sockets)) {
            List<String> ids = idsOf(sockets, 2);
            adapter.stop();
            await().untilAsserted(
                            () ->
                                    assertThat(events.of(TcpConnectionCloseEvent.class))
                                            .extracting(TcpConnectionEvent::getConnectionId)
                                            .containsExactlyInAnyOrderElementsOf(ids));
            assertThat(closed(ids.getFirst()).closeReason()).isEqualTo(CloseReason.SHUTTING_DOWN);
        } finally {
            adapter.start();
        }
    }

    @Test
    void readsNothingBeforeTheOpenEventAndDelaysNoOtherConnection() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        events.gate = gate;
        try (Socket held = connect(sockets)) {
            send(held, "first\n");
            await().until(() -> events.gate == null);
            try (Socket other = connect(sockets)) {
                send(other, "second\n");
                await().until(() -> !frames.isEmpty());
                assertThat(texts()).containsExactly("second");
            }
            gate.complete(null);
            await().untilAsserted(() -> assertThat(texts()).containsExactly("second", "first"));
        } finally {
            gate.complete(null);
        }
    }

    @Test
    void publishesTheOpenEventAfterTheTlsHandshake() throws Exception {
        try (Socket silent = connect(secureSockets);
                SSLSocket client = tls(connect(secureSockets))) {
            client.startHandshake();
            TcpConnectionOpenEvent opened = events.await(TcpConnectionOpenEvent.class);
            assertThat(((TcpConnection) opened.getSource()).getPort())
                    .isEqualTo(client.getLocalPort());
            assertThat(((TcpConnection) opened.getSource()).getSslSession()).isNotNull();
            try (SSLSocket late = tls(silent)) {
                late.startHandshake();
                await().until(() -> events.of(TcpConnectionOpenEvent.class).size() == 2);
            }
        }
    }

    private static SSLSocket tls(Socket plain) throws Exception {
        return (SSLSocket)
                certificate
                        .trusting(null)
                        .getSocketFactory()
                        .createSocket(plain, "localhost", plain.getPort(), true);
    }

    @Test
    void listsConnectionsAndClosesOneById() throws Exception {
        try (Socket first = connect(sockets);
                Socket second = connect(sockets);
                SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path()))) {
            List<String> ids = idsOf(sockets, 2);
            String foreign = idsOf(localSockets, 1).getFirst();
            assertThat(ids).isSorted();
            assertThat(sockets.closeConnection(foreign)).isFalse();
            assertThat(sockets.closeConnection("nobody")).isFalse();

            assertThat(sockets.closeConnection(ids.getFirst())).isTrue();
            assertThat(sockets.closeConnection(ids.getFirst())).isFalse();
            assertThat(sockets.getOpenConnectionIds()).containsExactly(ids.getLast());
            PeerSnapshot last = closed(ids.getFirst());
            assertThat(last.closeReason()).isEqualTo(CloseReason.KICKED);
            assertThat(last.closeDetail()).isEqualTo("closed through Spring Integration");
            assertThat(List.of(first, second))
                    .anySatisfy(each -> assertThat(each.getInputStream().read()).isEqualTo(-1));
            assertThat(localSockets.getOpenConnectionIds()).containsExactly(foreign);
        }
    }

    @Test
    void flushesSentMessagesBeforeItCloses() throws Exception {
        try (Socket client = connect(sockets)) {
            String id = idKnownToSenders();
            String line = "x".repeat(100_000);
            for (int i = 0; i < 5; i++) {
                handler.handleMessage(to(id, line));
            }
            assertThat(sockets.closeConnection(id)).isTrue();
            assertThat(client.getInputStream().readAllBytes()).hasSize(5 * (line.length() + 1));
        }
    }

    @Test
    void framesCarryTheHeadersOfTheirConnection() throws Exception {
        try (Socket client = connect(sockets)) {
            String id = idsOf(sockets, 1).getFirst();
            send(client, "one\ntwo\n");
            await().until(() -> frames.size() == 2);
            Message<?> frame = frames.element();
            assertThat(frame.getHeaders().get(IpHeaders.CONNECTION_ID)).isEqualTo(id);
            assertThat(frame.getHeaders().get(IpHeaders.IP_ADDRESS)).isEqualTo("127.0.0.1");
            assertThat(frame.getHeaders().get(IpHeaders.HOSTNAME, String.class))
                    .isEqualTo("127.0.0.1");
            assertThat(frame.getHeaders().get(IpHeaders.REMOTE_PORT, Integer.class))
                    .isEqualTo(client.getLocalPort());
            assertThat(frame.getHeaders().get("none")).isNull();
            assertThatThrownBy(() -> frame.getHeaders().get(IpHeaders.IP_ADDRESS, Integer.class))
                    .isInstanceOf(IllegalArgumentException.class);
            Map<String, Object> all =
                    Map.of(
                            IpHeaders.CONNECTION_ID,
                            id,
                            IpHeaders.IP_ADDRESS,
                            "127.0.0.1",
                            IpHeaders.HOSTNAME,
                            "127.0.0.1",
                            IpHeaders.REMOTE_PORT,
                            client.getLocalPort(),
                            MessageReceiver.PEER,
                            session(id));
            assertThat(frame.getHeaders()).containsExactlyInAnyOrderEntriesOf(all);
            assertThat(MessageBuilder.fromMessage(frame).setHeader("more", 1).build().getHeaders())
                    .containsAllEntriesOf(all)
                    .containsEntry("more", 1);
        }
    }

    /** The receiver publishes the frames of one read together, also if a later frame fails. */
    @Test
    void publishesTheFramesBeforeOneThatTheFlowDoesNotTake() throws Exception {
        adapter.setOutputChannel(
                (frame, timeout) -> {
                    if (new String((byte[]) frame.getPayload(), UTF_8).equals("bad")) {
                        throw new IllegalStateException("the flow does not take this frame");
                    }
                    return receiver.send(frame, timeout);
                });
        try (Subscription all = stream.subscribe(MESSAGES, null).orElseThrow();
                Socket client = connect(sockets)) {
            String id = idsOf(sockets, 1).getFirst();
            send(client, "one\ntwo\nbad\nthree\n");
            assertThat(closed(id).closeReason()).isEqualTo(CloseReason.INTERNAL_ERROR);
            assertThat(all.read().events())
                    .extracting(event -> new String(event.payload(), UTF_8))
                    .containsExactly("one", "two");
        }
    }

    @Test
    void createsTheHeadersOfAConnectionOnce() throws Exception {
        try (Socket client = connect(sockets)) {
            send(client, "one\ntwo\n");
            await().until(() -> frames.size() == 2);
            assertThat(frames.stream().map(Message::getHeaders).distinct()).hasSize(1);
            assertThat(frames.element().getHeaders())
                    .isSameAs(((Message<?>) frames.toArray()[1]).getHeaders());
            assertThat(frames.element().getHeaders().get(IpHeaders.CONNECTION_ID))
                    .isSameAs(frames.element().getHeaders().get(IpHeaders.CONNECTION_ID));
        }
    }

    @Test
    void sendsThroughThePeersOutbox() throws Exception {
        try (Socket client = connect(sockets)) {
            send(client, "hello\n");
            await().until(() -> !frames.isEmpty());
            String id = idKnownToSenders();
            MessageBuilder<?> answer = MessageBuilder.fromMessage(frames.element());
            handler.handleMessage(answer.build());
            assertThat(readLine(client)).isEqualTo("hello");
            handler.handleMessage(to(id, "text"));
            assertThat(readLine(client)).isEqualTo("text");
            await().until(() -> session(id).snapshot().sent().messages() == 2);
        }
    }

    @Test
    void refusesAMessageAtOnceWhenTheOutboxIsFull() throws Exception {
        try (Socket _ = connect(sockets)) {
            String id = idKnownToSenders();
            byte[] message = new byte[500_000];
            MessageHandlingException refused =
                    catchThrowableOfType(
                            MessageHandlingException.class,
                            () -> {
                                for (int i = 0; i < 1_000; i++) {
                                    handler.handleMessage(to(id, message));
                                }
                            });
            assertThat(refused).hasMessageContaining("Error sending message");
            assertThat(refused)
                    .hasRootCauseMessage("peer " + id + " does not accept a message: outbox_full");
            // Spring Integration's handler closes a connection to which it cannot send
            assertThat(sockets.getOpenConnectionIds()).isEmpty();
        }
    }

    @Test
    void refusesPayloadsThatNoFramingCarries() throws Exception {
        try (Socket _ = connect(sockets)) {
            TcpConnection connection =
                    (TcpConnection) events.await(TcpConnectionOpenEvent.class).getSource();
            assertThatThrownBy(() -> connection.send(new GenericMessage<>(7)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("class java.lang.Integer");
            assertThatThrownBy(() -> connection.send(new GenericMessage<>("two\nlines")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("framing line cannot carry");
            connection.close();
            assertThatThrownBy(() -> connection.send(new GenericMessage<>("late")))
                    .hasRootCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void reportsAnUnknownConnection() {
        assertThatThrownBy(() -> handler.handleMessage(to("nobody", "hello")))
                .isInstanceOf(MessageHandlingException.class);
        assertThat(events.await(TcpConnectionFailedCorrelationEvent.class).getConnectionId())
                .isEqualTo("nobody");
    }

    @Test
    void theSenderForgetsAClosedConnection() throws Exception {
        try (Socket _ = connect(sockets)) {
            String id = idKnownToSenders();
            handler.handleMessage(to(id, "hello"));
            sockets.closeConnection(id);
            events.await(TcpConnectionCloseEvent.class);
            assertThatThrownBy(() -> handler.handleMessage(to(id, "late")))
                    .hasMessageContaining("Unable to find outbound socket");
        }
    }
}
