package io.switchboard.transport.stream;

import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Transport;
import io.switchboard.receive.MessageReceiver;
import io.switchboard.transport.ConnectionLimiter;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.config.ConfiguredListener;
import io.switchboard.transport.config.ListenerProperties;
import io.switchboard.transport.config.TransportProperties;
import io.switchboard.transport.proxyprotocol.ProxyProtocol;
import io.switchboard.transport.tls.HandshakeExecutor;
import io.switchboard.transport.tls.TlsEngines;
import io.switchboard.transport.tls.TlsHandshake;
import io.switchboard.transport.unix.UnixBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;

/**
 * Registers two beans for each configured listener that is not UDP: its connection factory, {@code
 * <name>Sockets}, and Spring Integration's TCP inbound adapter, {@code <name>Listener}, which
 * starts and stops the factory.
 */
public final class StreamListeners implements BeanRegistrar {

    @Override
    public void register(BeanRegistry beans, Environment environment) {
        TransportProperties.streamNames(environment)
                .forEach(name -> register(beans, name, environment));
    }

    private static void register(BeanRegistry beans, String name, Environment environment) {
        String sockets = name + "Sockets";
        beans.registerBean(
                sockets,
                StreamServerConnectionFactory.class,
                bean -> bean.supplier(context -> factory(name, environment, context)));
        beans.registerBean(
                name + "Listener",
                TcpReceivingChannelAdapter.class,
                bean -> bean.supplier(context -> adapter(sockets, context)));
    }

    private static TcpReceivingChannelAdapter adapter(
            String sockets, BeanRegistry.SupplierContext context) {
        return adapter(context.bean(sockets, StreamServerConnectionFactory.class), context::bean);
    }

    /** Returns the inbound adapter that starts and stops a factory. */
    public static TcpReceivingChannelAdapter adapter(
            StreamServerConnectionFactory factory, ConfiguredListener.Beans beans) {
        TcpReceivingChannelAdapter adapter = new TcpReceivingChannelAdapter();
        adapter.setConnectionFactory(factory);
        adapter.setOutputChannel(beans.bean(MessageReceiver.class));
        return adapter;
    }

    private static StreamServerConnectionFactory factory(
            String name, Environment environment, BeanRegistry.SupplierContext context) {
        ConfiguredListener configured =
                context.bean(TransportProperties.class)
                        .listener(name, context.bean(OpenFiles.class));
        return factory(configured, environment, context::bean);
    }

    /**
     * Returns the sockets of a listener, and announces the listener. They are not bound yet.
     *
     * @throws io.switchboard.transport.config.BundleFailure an SSL bundle cannot be used; the
     *     listener is not announced
     */
    public static StreamServerConnectionFactory factory(
            ConfiguredListener configured,
            Environment environment,
            ConfiguredListener.Beans beans) {
        String name = configured.name();
        ListenerProperties properties = configured.properties();
        StreamServerConnectionFactory factory =
                new StreamServerConnectionFactory(
                        name,
                        !configured.isUnix(),
                        properties.backlog(),
                        beans.bean(EventLoop.Group.class));
        Listener listener =
                configured.on(factory, configured.in().word(), properties.maxFrame().toBytes());
        ProxyProtocol proxies = proxies(properties);
        List<Supplier<ConnectionSetup.Step>> steps = new ArrayList<>();
        if (proxies != null) {
            steps.add(() -> proxies.new HeaderStep());
        }
        HandshakeExecutor handshakes =
                configured.carrier() == Transport.TLS ? beans.bean(HandshakeExecutor.class) : null;
        if (handshakes != null) {
            TlsEngines engines =
                    TlsEngines.of(name, properties.tls(), beans.bean(SslBundles.class));
            boolean nameFromCertificate = properties.identify().certificate();
            steps.add(() -> new TlsHandshake(engines, handshakes, nameFromCertificate));
        }
        factory.context(
                new ListenerContext(
                        listener,
                        binding(configured),
                        steps.isEmpty()
                                ? List::of
                                : () -> steps.stream().map(Supplier::get).toList(),
                        handshakes,
                        properties.handshakeDeadline(),
                        configured.in(),
                        configured.start(),
                        new HttpRequests(environment),
                        properties.frameDeadline(),
                        new ConnectionLimiter(
                                listener.maxConnections(),
                                listener.maxConnectionsPerAddress(),
                                listener.limits().connectsPerSecondPerAddress(),
                                address -> proxies != null && proxies.trusts(address)),
                        new AcceptLoop.Backoff(),
                        beans.bean(PeerRegistry.class)),
                configured);
        configured.announce(listener, beans);
        return factory;
    }

    private static Binding binding(ConfiguredListener listener) {
        return listener.isUnix()
                ? new UnixBinding(listener.name(), listener.socketPath(), listener.socketMode())
                : new Binding.TcpBinding(
                        listener.name(), listener.properties().host(), listener.port());
    }

    /** Returns the PROXY protocol settings; null if no header is expected. */
    private static @Nullable ProxyProtocol proxies(ListenerProperties properties) {
        return properties.proxyProtocol()
                ? new ProxyProtocol(properties.trustedProxies(), properties.identify().proxyName())
                : null;
    }
}
