package io.switchboard.transport.udp;

import io.switchboard.net.Network;
import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.receive.MessageReceiver;
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
        ListenerProperties properties = configured.properties();
        UdpListener udpListener =
                new UdpListener(
                        new UdpBinding(name, configured.port(), properties),
                        context.bean(EventLoop.Group.class).next(),
                        properties.sendTo().stream().map(Network::of).toList());
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
                        context.bean(PeerRegistry.class),
                        context.bean(MessageReceiver.class)));
        configured.announce(listener, context);
        return udpListener;
    }
}
