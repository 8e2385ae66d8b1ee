package io.switchboard.net;

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
 * The address of one end of a socket, as getpeername(2) or getsockname(2) returns it. The JSON has
 * no type field: Jackson deduces the type from the fields that are present.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({@JsonSubTypes.Type(Endpoint.Inet.class), @JsonSubTypes.Type(Endpoint.Local.class)})
public sealed interface Endpoint {

    /**
     * An IP address and port.
     *
     * @param host the numeric address; an IPv6 address has no brackets
     * @param port 1 to 65,535, or 0 if no port is bound
     */
    record Inet(String host, int port) implements Endpoint {
        @Override
        public String toString() {
            return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
        }
    }

    /**
     * The address of a Unix-domain socket (unix(7)).
     *
     * @param path empty if the socket is not bound to a path, as most clients are
     * @param user the name of the user whose process has the socket open; null if unknown
     * @param group the name of that process's group; null if unknown
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

    /**
     * Returns the endpoint with this address.
     *
     * @throws IllegalArgumentException if it is neither a resolved IP address nor a path
     */
    static Endpoint of(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress inet when !inet.isUnresolved() ->
                    new Inet(NumericHost.of(inet.getAddress()), inet.getPort());
            case UnixDomainSocketAddress local -> new Local(local.getPath().toString(), null, null);
            default ->
                    throw new IllegalArgumentException(
                            "not a resolved IP address or a Unix-domain path: " + address);
        };
    }

    /** Returns the address family by the name that socket(2) uses, such as AF_INET6. */
    static String family(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return "AF_UNIX";
        }
        return ip(address) instanceof Inet6Address ? "AF_INET6" : "AF_INET";
    }

    /** Returns the IP address, or null if the address has none. */
    static @Nullable InetAddress ip(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }
}
