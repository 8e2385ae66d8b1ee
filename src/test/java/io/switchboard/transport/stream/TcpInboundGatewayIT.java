package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpInboundGateway;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.test.annotation.DirtiesContext;

/** Spring Integration's unmodified gateway works in place of a listener's adapter. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "switchboard.listeners.default.port=0",
            "switchboard.listeners.once.port=0",
            "switchboard.drain.delay=0s"
        })
@DirtiesContext
class TcpInboundGatewayIT {
    private static final int ONE_READ = 64 * 1024;

    @Autowired
    @Qualifier("defaultSockets")
    private AbstractServerConnectionFactory sockets;

    @Autowired
    @Qualifier("onceSockets")
    private AbstractServerConnectionFactory onceSockets;

    @Autowired private PeerRegistry registry;
    @Autowired private Service service;

    @TestConfiguration
    static class Flow {
        @Bean
        static BeanDefinitionRegistryPostProcessor noAdapters() {
            return beans -> {
                beans.removeBeanDefinition("defaultListener");
                beans.removeBeanDefinition("onceListener");
            };
        }

        @Bean
        MessageChannel requests() {
            return new DirectChannel();
        }

        @Bean
        TcpInboundGateway defaultGateway(
                @Qualifier("defaultSockets") AbstractServerConnectionFactory sockets) {
            return gateway(sockets);
        }

        @Bean
        TcpInboundGateway onceGateway(
                @Qualifier("onceSockets") AbstractServerConnectionFactory sockets) {
            sockets.setSingleUse(true);
            return gateway(sockets);
        }

        private TcpInboundGateway gateway(AbstractServerConnectionFactory sockets) {
            TcpInboundGateway gateway = new TcpInboundGateway();
            gateway.setConnectionFactory(sockets);
            gateway.setRequestChannel(requests());
            return gateway;
        }

        @Bean
        Service service() {
            return new Service();
        }
    }

    /** Replies in upper case; to "slow" only when the gate is open; to "bad" with an exception. */
    static final class Service {
        private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

        @ServiceActivator(inputChannel = "requests")
        byte[] answer(Message<byte[]> request) {
            threads.add(Thread.currentThread());
            String text = new String(request.getPayload(), UTF_8);
            if (text.equals("slow")) {
                gate.join();
            }
            if (text.equals("bad")) {
                throw new IllegalStateException("a fault of the flow");
            }
            return text.toUpperCase(Locale.ROOT).getBytes(UTF_8);
        }
    }

    /** A client that reads lines. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Client(AbstractServerConnectionFactory sockets) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), sockets.getPort());
            socket.setSoTimeout(60_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }

        @Nullable String readLine() throws IOException {
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeEach
    void awaitNoPeers() {
        await().until(() -> registry.sessions().isEmpty());
        service.threads.clear();
        service.gate = new CompletableFuture<>();
    }

    @AfterEach
    void openGate() {
        service.gate.complete(null);
    }

    @Test
    void repliesToEachFrameInOrder() throws Exception {
        try (Client client = new Client(sockets)) {
            client.send("one\ntwo\nthree\n");
            assertThat(client.readLine()).isEqualTo("ONE");
            assertThat(client.readLine()).isEqualTo("TWO");
            assertThat(client.readLine()).isEqualTo("THREE");
            assertThat(service.threads).allMatch(Thread::isVirtual);
        }
    }

    @Test
    void delaysNoOtherConnectionWhileOneWaitsForItsReply() throws Exception {
        try (Client slow = new Client(sockets);
                Client quick = new Client(sockets)) {
            slow.send("slow\n");
            await().until(() -> service.threads.size() == 1);
            quick.send("quick\n");
            assertThat(quick.readLine()).isEqualTo("QUICK");
            service.gate.complete(null);
            assertThat(slow.readLine()).isEqualTo("SLOW");
        }
    }

    @Test
    void pausesReadingWhileFramesWaitForAReply() throws Exception {
        int lines = 200_000;
        try (Client client = new Client(sockets)) {
            CompletableFuture<Void> sender =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    client.send("slow\n" + "quick\n".repeat(lines));
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            },
                            Thread::startVirtualThread);
            PeerSession session =
                    await().until(() -> registry.sessions(), found -> found.size() == 1)
                            .iterator()
                            .next();
            await().until(session.readPause()::paused);
            await("one read and no more")
                    .during(Duration.ofMillis(300))
                    .until(session.view()::receivedBytes, read -> read > 0 && read <= ONE_READ);
            assertThat(service.threads).hasSize(1);

            service.gate.complete(null);
            assertThat(client.readLine()).isEqualTo("SLOW");
            for (int i = 0; i < lines; i++) {
                assertThat(client.readLine()).isEqualTo("QUICK");
            }
            sender.join();
            assertThat(session.readPause().paused()).isFalse();
        }
    }

    @Test
    void keepsAConnectionWhenTheFlowFails() throws Exception {
        try (Client client = new Client(sockets)) {
            client.send("bad\ngood\n");
            assertThat(client.readLine()).isEqualTo("GOOD");
        }
    }

    @Test
    void closesASingleUseConnectionAfterTheFirstReply() throws Exception {
        try (Client client = new Client(onceSockets)) {
            client.send("one\ntwo\n");
            assertThat(client.readLine()).isEqualTo("ONE");
            assertThat(client.readLine()).isNull();
            assertThat(service.threads).hasSize(1);
        }
    }

    @Test
    void stopsAndStartsWithItsListener(
            @Autowired @Qualifier("defaultGateway") TcpInboundGateway gateway) throws Exception {
        gateway.stop();
        assertThat(gateway.isListening()).isFalse();
        gateway.start();
        assertThat(gateway.isListening()).isTrue();
        try (Client client = new Client(sockets)) {
            client.send("again\n");
            assertThat(client.readLine()).isEqualTo("AGAIN");
        }
    }
}
