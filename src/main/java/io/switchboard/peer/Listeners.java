package io.switchboard.peer;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.springframework.stereotype.Component;

/**
 * The registry of listeners. A transport adds a listener before its first peer connects.
 * Thread-safe.
 */
@Component
public final class Listeners {
    private final Map<String, Listener> byName = new ConcurrentSkipListMap<>();
    private final MeterRegistry meters;

    Listeners(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Adds a listener and registers its meters. */
    public void add(Listener listener) {
        byName.put(listener.name(), listener);
        listener.counters().register(meters, listener.name());
    }

    /** Replaces a listener by one with the same name, socket and counters. */
    public void replace(Listener listener) {
        byName.replace(listener.name(), listener);
    }

    /** Removes a listener and every meter with its name. Its peers are closed. */
    public void remove(Listener listener) {
        byName.remove(listener.name());
        listener.counters().remove(meters);
    }

    /** Returns all listeners, ordered by name. */
    public Collection<Listener> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /**
     * Returns whether a connection or a datagram to this address would arrive at a listener of this
     * node. May ask the system for its network interfaces.
     *
     * @param datagram whether it is a datagram, rather than a connection
     */
    public boolean listensAt(InetSocketAddress address, boolean datagram) {
        return byName.values().stream()
                .filter(each -> (each.transport() == Transport.UDP) == datagram)
                .map(each -> each.socket().reservedAddress())
                .anyMatch(bound -> bound instanceof InetSocketAddress at && arrives(address, at));
    }

    /**
     * Returns whether what is sent to an address arrives at a socket of this machine that is bound
     * to another. A bound port of 0 is any port.
     */
    public static boolean arrives(InetSocketAddress address, InetSocketAddress bound) {
        InetAddress to = address.getAddress();
        InetAddress at = bound.getAddress();
        if (bound.getPort() != 0 && address.getPort() != bound.getPort()) {
            return false;
        }
        return to.equals(at)
                || to.isMulticastAddress()
                || to.isAnyLocalAddress() // to the loopback address, or to that of a bound socket
                || (at.isAnyLocalAddress() && isLocal(to));
    }

    private static boolean isLocal(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(withoutZone(address)) != null;
        } catch (IOException e) {
            return true; // the system does not say
        }
    }

    /**
     * Returns the address without a zone, such as {@code %eth0}. The system ignores the zone of an
     * address that is not link-local, and so reaches this machine by any; an interface has the
     * address with its own zone only.
     */
    private static InetAddress withoutZone(InetAddress address) throws UnknownHostException {
        return InetAddress.getByAddress(address.getAddress());
    }

    /** Returns the listener with this name; empty if there is none. */
    public Optional<Listener> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
