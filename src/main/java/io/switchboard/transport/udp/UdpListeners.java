package io.switchboard.transport.udp;

import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.receive.MessageReceiver;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.ConnectionLimiter;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.config.ConfiguredListener;
import io.switchboard.transport.config.ListenerProperties;
import io.switchboard.transport.config.TransportProperties;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/** Registers a bean {@code <name>Listener} for each configured UDP listener. */
public final class UdpListeners implements BeanRegistrar {
    /** The value of {@code framing} in {@code GET /peers}: each datagram is one frame. */
    private static final String FRAMING = "datagram";

    @Override
    public void register(BeanRegistry beans, Environment environment) {
        for (String name : TransportProperties.udpNames(environment)) {
            beans.registerBean(
                    name + "Listener",
                    UdpListener.class,
                    bean -> bean.supplier(context -> listener(name, context)));
        }
    }

    private static UdpListener listener(String name, BeanRegistry.SupplierContext context) {
        ConfiguredListener configured =
                context.bean(TransportProperties.class)
                        .listener(name, context.bean(OpenFiles.class));
        return listener(configured, context::bean);
    }

    /**
     * Returns a listener, and announces it. It is not bound yet.
     *
     * @throws io.switchboard.transport.config.BundleFailure an SSL bundle cannot be used; the
     *     listener is not announced
     */
    public static Acceptor open(ConfiguredListener configured, ConfiguredListener.Beans beans) {
        return listener(configured, beans);
    }

    private static UdpListener listener(
            ConfiguredListener configured, ConfiguredListener.Beans beans) {
        ListenerProperties properties = configured.properties();
        UdpListener udpListener =
                new UdpListener(
                        new UdpBinding(configured.name(), configured.port(), properties),
                        beans.bean(EventLoop.Group.class));
        long maxFrame = Math.min(properties.maxFrame().toBytes(), UdpListener.MAX_PAYLOAD_IPV6);
        Listener listener = configured.on(udpListener, FRAMING, maxFrame);
        udpListener.context(
                new UdpSocket.Context(
                        listener,
                        new ConnectionLimiter(
                                listener.maxConnections(),
                                listener.maxConnectionsPerAddress(),
                                listener.limits().connectsPerSecondPerAddress(),
                                _ -> false),
                        beans.bean(PeerRegistry.class),
                        beans.bean(MessageReceiver.class)),
                configured);
        configured.announce(listener, beans);
        return udpListener;
    }
}
