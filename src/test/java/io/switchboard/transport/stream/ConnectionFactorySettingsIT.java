package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.integration.ip.tcp.connection.AbstractConnectionFactory;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.DefaultTcpSocketSupport;
import org.springframework.integration.ip.tcp.connection.TcpConnectionCloseEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactoryChain;
import org.springframework.integration.ip.tcp.connection.TcpMessageMapper;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLfSerializer;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Every setter of Spring Integration's connection factories takes effect or throws a reason. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "switchboard.listeners.default.port=0",
            "switchboard.listeners.local.transport=unix",
            "switchboard.drain.delay=0s"
        })
@DirtiesContext
class ConnectionFactorySettingsIT {
    /**
     * Setters that take effect. BacklogIT tests the executor, SpringAdapterContractIT the events.
     */
    private static final Set<String> EFFECTIVE =
            Set.of(
                    "setApplicationEventPublisher",
                    "setBacklog",
                    "setLeaveOpen",
                    "setSingleUse",
                    "setSoKeepAlive",
                    "setSoReceiveBufferSize",
                    "setSoSendBufferSize",
                    "setSoTcpNoDelay",
                    "setSoTrafficClass",
                    "setTaskExecutor",
                    "setTcpSocketSupport");

    @TempDir private static Path directory;

    @Autowired
    @Qualifier("defaultSockets")
    private AbstractServerConnectionFactory tcp;

    @Autowired
    @Qualifier("localSockets")
    private AbstractServerConnectionFactory unix;

    @Autowired private PeerRegistry registry;

    @DynamicPropertySource
    static void listener(DynamicPropertyRegistry properties) {
        properties.add(
                "switchboard.listeners.local.path",
                () -> directory.resolve("peers.sock").toString());
    }

    /** A call of a setter that throws, and the end of the message, which gives the remedy. */
    record Refused(String setter, Consumer<AbstractServerConnectionFactory> call, String advice) {
        @Override
        public String toString() {
            return setter;
        }
    }

    static List<Refused> refused() {
        String key = "set switchboard.listeners.default.";
        return List.of(
                new Refused("setHost", to -> to.setHost("localhost"), key + "host"),
                new Refused("setLocalAddress", to -> to.setLocalAddress("::1"), key + "host"),
                new Refused("setPort", to -> to.setPort(9_000), key + "port"),
                new Refused(
                        "setDeserializer",
                        to -> to.setDeserializer(new ByteArrayLfSerializer()),
                        key + "framing"),
                new Refused(
                        "setSerializer",
                        to -> to.setSerializer(new ByteArrayLfSerializer()),
                        key + "framing-out"),
                new Refused("setSoTimeout", to -> to.setSoTimeout(5_000), key + "idle-timeout"),
                new Refused(
                        "setSslHandshakeTimeout",
                        to -> to.setSslHandshakeTimeout(5),
                        key + "handshake-deadline"),
                new Refused(
                        "setMapper",
                        to -> to.setMapper(new TcpMessageMapper()),
                        "transform them in the flow"),
                new Refused(
                        "setInterceptorFactoryChain",
                        to ->
                                to.setInterceptorFactoryChain(
                                        new TcpConnectionInterceptorFactoryChain()),
                        "intercept the channel of the flow"),
                new Refused("setSoLinger", to -> to.setSoLinger(10), "flushes without it"),
                new Refused(
                        "setNioHarvestInterval",
                        to -> to.setNioHarvestInterval(1_000),
                        "remove the call"),
                new Refused("setReadDelay", to -> to.setReadDelay(50), "remove the call"),
                new Refused(
                        "setLookupHost",
                        to -> to.setLookupHost(true),
                        "resolve ip_address in the flow"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesSettersWithoutEffectAndNamesTheRemedy(Refused setting) {
        assertThatThrownBy(() -> setting.call().accept(tcp))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith(
                        "listener default cannot have "
                                + Character.toLowerCase(setting.setter().charAt(3))
                                + setting.setter().substring(4))
                .hasMessageEndingWith(setting.advice());
    }

    /** Fails if a new version of Spring Integration has a setter that is in neither list. */
    @Test
    void knowsEverySetterOfSpringIntegration() {
        Set<String> known = new TreeSet<>(EFFECTIVE);
        refused().forEach(each -> known.add(each.setter()));
        Set<String> setters = new TreeSet<>();
        Stream.of(AbstractConnectionFactory.class, AbstractServerConnectionFactory.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isBridge())
                .map(Method::getName)
                .filter(name -> name.startsWith("set"))
                .forEach(setters::add);
        assertThat(known).isEqualTo(setters);
    }

    @Test
    void acceptsTheDefaultOfASettingThatIsOtherwiseRefused() {
        assertThatNoException().isThrownBy(() -> tcp.setLookupHost(false));
    }

    @Test
    void refusesTcpOptionsForAUnixSocket() {
        List<Consumer<AbstractServerConnectionFactory>> calls =
                List.of(
                        to -> to.setSoKeepAlive(true),
                        to -> to.setSoReceiveBufferSize(10_000),
                        to -> to.setSoSendBufferSize(10_000),
                        to -> to.setSoTcpNoDelay(true),
                        to -> to.setSoTrafficClass(0x10),
                        to -> to.setTcpSocketSupport(new DefaultTcpSocketSupport()));
        assertThat(calls)
                .allSatisfy(
                        call ->
                                assertThatThrownBy(() -> call.accept(unix))
                                        .isInstanceOf(UnsupportedOperationException.class)
                                        .hasMessageStartingWith("listener local cannot have ")
                                        .hasMessageContaining("a Unix-domain socket"));
        assertThatThrownBy(() -> unix.setPort(9_000))
                .hasMessageEndingWith("set switchboard.listeners.local.path");
    }

    @Test
    void hasItsOwnDefaultsForSocketOptions() throws Exception {
        SocketOptions options = optionsOfAConnection();
        assertThat(options.noDelay()).isTrue();
        assertThat(options.keepAlive()).isTrue();
    }

    @Test
    void appliesSocketOptionsToTheNextConnection() throws Exception {
        int defaultSendBuffer = optionsOfAConnection().sendBuffer();
        List<Object> sockets = new CopyOnWriteArrayList<>();
        tcp.setTcpSocketSupport(
                new DefaultTcpSocketSupport() {
                    @Override
                    public void postProcessServerSocket(ServerSocket serverSocket) {
                        sockets.add(serverSocket);
                    }

                    @Override
                    public void postProcessSocket(Socket socket) {
                        try {
                            sockets.add(socket.getTrafficClass());
                        } catch (SocketException e) {
                            sockets.add(e);
                        }
                    }
                });
        tcp.setSoTcpNoDelay(false);
        tcp.setSoKeepAlive(false);
        tcp.setSoTrafficClass(0x10);
        tcp.setSoSendBufferSize(8 * 1024);
        tcp.setSoReceiveBufferSize(8 * 1024);
        tcp.setBacklog(7);
        try {
            tcp.stop();
            tcp.start();
            assertThat(((StreamServerConnectionFactory) tcp).backlog()).isEqualTo(7);
            SocketOptions options = optionsOfAConnection();
            assertThat(options.noDelay()).isFalse();
            assertThat(options.keepAlive()).isFalse();
            assertThat(options.sendBuffer()).isEqualTo(8 * 1024).isNotEqualTo(defaultSendBuffer);
            assertThat(options.receiveBuffer()).isEqualTo(8 * 1024);
            assertThat(sockets).hasSize(2).first().isInstanceOf(ServerSocket.class);
            assertThat(sockets.getLast()).isEqualTo(0x10);
        } finally {
            tcp.setTcpSocketSupport(new DefaultTcpSocketSupport());
            tcp.setSoTcpNoDelay(true);
            tcp.setSoKeepAlive(true);
            tcp.setSoTrafficClass(-1);
            tcp.setSoSendBufferSize(0);
            tcp.setSoReceiveBufferSize(0);
        }
    }

    @Test
    void keepsTheSingleUseSetting() {
        tcp.setSingleUse(true);
        assertThat(tcp.isSingleUse()).isTrue();
        tcp.setLeaveOpen(true);
        assertThat(tcp.isSingleUse()).isFalse();
    }

    /** Without an event listener, a connection must not pay for events. */
    @Test
    void detectsListenersForConnectionEvents(@Autowired AbstractApplicationContext context) {
        StreamServerConnectionFactory factory = (StreamServerConnectionFactory) tcp;
        assertThat(context.getApplicationListeners())
                .noneMatch(StreamServerConnectionFactory::receivesConnectionEvents);
        assertThat(factory.isObserved()).isFalse();
        ApplicationListener<TcpConnectionCloseEvent> late =
                new ApplicationListener<>() {
                    @Override
                    public void onApplicationEvent(TcpConnectionCloseEvent event) {}
                };
        context.addApplicationListener(late);
        assertThat(factory.isObserved()).isTrue();
        context.removeApplicationListener(late);
        assertThat(factory.isObserved()).isFalse();
    }

    private SocketOptions optionsOfAConnection() throws Exception {
        await().until(() -> registry.sessions().isEmpty());
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), tcp.getPort())) {
            PeerSession session =
                    await().until(registry::sessions, found -> found.size() == 1).iterator().next();
            return session.link().options().orElseThrow();
        }
    }
}
