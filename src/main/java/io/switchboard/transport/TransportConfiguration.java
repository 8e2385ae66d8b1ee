package io.switchboard.transport;

import io.switchboard.transport.datagram.DatagramListeners;
import io.switchboard.transport.stream.StreamListeners;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Brings in the listeners that the configuration names. */
@Configuration(proxyBeanMethods = false)
@Import({StreamListeners.class, DatagramListeners.class})
class TransportConfiguration {}
