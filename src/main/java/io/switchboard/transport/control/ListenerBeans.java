package io.switchboard.transport.control;

import io.switchboard.transport.Acceptor;
import io.switchboard.transport.stream.StreamListeners;
import io.switchboard.transport.stream.StreamServerConnectionFactory;
import java.util.List;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.stereotype.Component;

/**
 * The part of Spring in the sockets of a listener. At the start, the connection factory and the
 * inbound adapter of each configured listener are beans. Those of a listener that is opened later
 * are initialized as beans are, but not registered: Spring keeps nothing of them.
 */
@Component
final class ListenerBeans {
    private final DefaultListableBeanFactory beans;

    ListenerBeans(DefaultListableBeanFactory beans) {
        this.beans = beans;
    }

    <T> T bean(Class<T> type) {
        return beans.getBean(type);
    }

    /** Returns whether the sockets of a listener are beans, which Spring stops. */
    boolean contains(String listener) {
        return names(listener).stream().anyMatch(beans::containsBeanDefinition);
    }

    /** Initializes a factory and its adapter. */
    StreamServerConnectionFactory initialized(StreamServerConnectionFactory factory) {
        String name = factory.listener().name();
        beans.initializeBean(factory, name + "Sockets");
        TcpReceivingChannelAdapter adapter = StreamListeners.adapter(factory, this::bean);
        beans.initializeBean(adapter, name + "Listener");
        return factory;
    }

    /** Ends the sockets of a listener, which are stopped. */
    void destroy(String listener, Acceptor acceptor) {
        for (String name : names(listener)) {
            if (beans.containsBeanDefinition(name)) {
                beans.removeBeanDefinition(name);
            }
        }
        if (acceptor instanceof StreamServerConnectionFactory factory) {
            TcpListener adapter = factory.getListener();
            if (adapter != null) {
                beans.destroyBean(adapter);
            }
            beans.destroyBean(factory);
        }
    }

    private static List<String> names(String listener) {
        return List.of(listener + "Listener", listener + "Sockets");
    }
}
