package io.switchboard.peer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One end of a socket, as getpeername(2) and getsockname(2) tell it. JSON has no type of its own:
 * the fields tell which of the two it is.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({@JsonSubTypes.Type(Endpoint.Inet.class), @JsonSubTypes.Type(Endpoint.Local.class)})
public sealed interface Endpoint {

    /**
     * An end that has an IP address.
     *
     * @param host numeric; an IPv6 address without brackets
     * @param port 1 to 65,535, or 0 where nothing is bound
     */
    record Inet(String host, int port) implements Endpoint {
        @Override
        public String toString() {
            return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
        }
    }

    /**
     * An end of a Unix-domain socket (unix(7)).
     *
     * @param path empty where it is bound to none, as most clients are
     * @param user who holds it, by name; null where that is not known
     * @param group of that user's process, by name; null where that is not known
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Local(String path, @Nullable String user, @Nullable String group) implements Endpoint {
        @Override
        public String toString() {
            if (!path.isEmpty()) {
                return path;
            }
            return user == null ? "unix" : "unix:" + user;
        }
    }

    /** Returns the end with this resolved IP address or path; other addresses are illegal. */
    static Endpoint of(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress inet when !inet.isUnresolved() ->
                    new Inet(NumericHost.of(inet.getAddress()), inet.getPort());
            case UnixDomainSocketAddress local -> new Local(local.getPath().toString(), null, null);
            default -> throw new IllegalArgumentException("no address of a socket: " + address);
        };
    }

    /** The address family, as socket(2) calls it. */
    static String family(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return "AF_UNIX";
        }
        return ip(address) instanceof Inet6Address ? "AF_INET6" : "AF_INET";
    }

    /** The IP address; null where there is none. */
    static @Nullable InetAddress ip(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }
}
