package io.switchboard.transport.datagram;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Network;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;
import io.switchboard.transport.ConfiguredListener;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.ListenerProperties;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/** Makes a bean of each configured listener whose peers send datagrams: {@code <name>Listener}. */
public final class DatagramListeners implements BeanRegistrar {
    /** How {@code /peers} calls it that a frame is what one datagram carries. */
    private static final String FRAMING = "datagram";

    @Override
    public void register(BeanRegistry beans, Environment environment) {
        for (String name : ConfiguredListener.datagramNames(environment)) {
            beans.registerBean(
                    name + "Listener",
                    DatagramListener.class,
                    bean -> bean.supplier(context -> listener(name, context)));
        }
    }

    private static DatagramListener listener(String name, BeanRegistry.SupplierContext context) {
        ListenerProperties properties = ConfiguredListener.properties(name, context);
        DatagramListener socket =
                new DatagramListener(
                        new DatagramBinding(name, properties),
                        context.bean(EventLoop.Group.class).next(),
                        properties.sendTo().stream().map(Network::of).toList());
        long maxFrame = Math.min(properties.maxFrame().toBytes(), DatagramListener.LONGEST_IPV6);
        ConfiguredListener configured =
                new ConfiguredListener(name, properties, FRAMING, (int) maxFrame);
        Listener listener = configured.on(socket);
        socket.serve(
                new Datagrams.Service(
                        listener,
                        new Admission(
                                listener.maxConnections(),
                                listener.maxConnectionsPerAddress(),
                                _ -> false),
                        context.bean(PeerRegistry.class),
                        context.bean(Inbound.class)));
        configured.announce(listener, context);
        return socket;
    }
}
