package io.switchboard.transport.stream;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Transport;
import io.switchboard.transport.Admission;
import io.switchboard.transport.ConfiguredListener;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.ListenerProperties;
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
 * Makes two beans of each configured listener whose peers are streams: its connection factory,
 * {@code <name>Sockets}, and Spring Integration's TCP inbound adapter in front of it, {@code
 * <name>Listener}, which starts and stops it.
 */
public final class StreamListeners implements BeanRegistrar {

    @Override
    public void register(BeanRegistry beans, Environment environment) {
        ConfiguredListener.streamNames(environment).forEach(name -> register(beans, name));
    }

    private static void register(BeanRegistry beans, String name) {
        String sockets = name + "Sockets";
        beans.registerBean(
                sockets,
                StreamServerConnectionFactory.class,
                bean -> bean.supplier(context -> factory(name, context)));
        beans.registerBean(
                name + "Listener",
                TcpReceivingChannelAdapter.class,
                bean -> bean.supplier(context -> adapter(sockets, context)));
    }

    private static TcpReceivingChannelAdapter adapter(
            String sockets, BeanRegistry.SupplierContext context) {
        TcpReceivingChannelAdapter adapter = new TcpReceivingChannelAdapter();
        adapter.setConnectionFactory(context.bean(sockets, StreamServerConnectionFactory.class));
        adapter.setOutputChannel(context.bean(Inbound.class));
        return adapter;
    }

    private static StreamServerConnectionFactory factory(
            String name, BeanRegistry.SupplierContext context) {
        ListenerProperties properties = ConfiguredListener.properties(name, context);
        StreamServerConnectionFactory factory =
                new StreamServerConnectionFactory(
                        name,
                        !properties.isUnix(),
                        properties.backlog(),
                        context.bean(EventLoop.Group.class));
        ConfiguredListener configured =
                new ConfiguredListener(
                        name,
                        properties,
                        properties.in().word(),
                        (int) properties.maxFrame().toBytes());
        Listener listener = configured.on(factory);
        ProxyProtocol proxies = proxies(properties);
        List<Supplier<Opening.Step>> steps = new ArrayList<>();
        if (proxies != null) {
            steps.add(() -> proxies.new HeaderStep());
        }
        if (properties.carrier() == Transport.TLS) {
            TlsEngines engines =
                    TlsEngines.of(name, properties.tls(), context.bean(SslBundles.class));
            boolean named = properties.identify().certificate();
            steps.add(() -> new Handshake(engines, named));
        }
        factory.serve(
                new StreamService(
                        listener,
                        binding(name, properties),
                        steps.isEmpty()
                                ? List::of
                                : () -> steps.stream().map(Supplier::get).toList(),
                        properties.handshakeDeadline(),
                        properties.in(),
                        properties.frameDeadline(),
                        new Admission(
                                listener.maxConnections(),
                                listener.maxConnectionsPerAddress(),
                                address -> proxies != null && proxies.trusts(address)),
                        new AcceptLoop.Backoff(),
                        context.bean(PeerRegistry.class)));
        configured.announce(listener, context);
        return factory;
    }

    private static Binding binding(String name, ListenerProperties properties) {
        return properties.isUnix()
                ? new UnixBinding(name, properties.socketPath(), properties.socketMode())
                : new Binding.TcpBinding(name, properties.host(), properties.boundPort());
    }

    /** Null where no header is expected. */
    private static @Nullable ProxyProtocol proxies(ListenerProperties properties) {
        return properties.proxyProtocol()
                ? new ProxyProtocol(properties.trustedProxies(), properties.identify().proxyName())
                : null;
    }
}
