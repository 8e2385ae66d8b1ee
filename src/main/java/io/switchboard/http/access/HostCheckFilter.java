package io.switchboard.http.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.security.core.Authentication;

/**
 * Authenticates requests while no token is set. It checks their Host header and, unless every
 * address may call, that the client's address is local or private and that no proxy forwarded the
 * request.
 *
 * <p>The Host check prevents DNS rebinding. If a web site makes its name resolve to this machine, a
 * browser takes both for one origin, and only the Host header still contains the site's name. An
 * address, or a name that nobody can register, is not the name of such a site.
 */
final class HostCheckFilter extends AccessFilter {
    private static final Authentication LOCAL = Client.LOCAL.authentication();
    private static final String[] PROXY_HEADERS = {
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"
    };
    private static final String REMEDY =
            ", and no token is set: set switchboard.admin.token and send it (Authorization: Bearer"
                    + " TOKEN), or switchboard.admin.auth=open to allow every client";
    private static final String UNKNOWN_HOST =
            ", which is neither an IP address nor a local name, and no token is set: set"
                    + " switchboard.admin.allowed-hosts to that name, or switchboard.admin.token";

    private final Set<String> allowed;
    private final boolean anyAddress;

    /**
     * @param allowed names that the Host header may have besides local ones; ports are ignored
     * @param anyAddress whether clients with public addresses, and clients behind proxies, may call
     */
    HostCheckFilter(List<String> allowed, boolean anyAddress) {
        this.allowed =
                allowed.stream().map(HostCheckFilter::name).collect(Collectors.toUnmodifiableSet());
        this.anyAddress = anyAddress;
    }

    @Override
    Authentication authenticate(HttpServletRequest request) {
        if (!anyAddress) {
            checkAddress(request);
        }
        String host = request.getHeader("Host");
        // browsers never omit Host; HTTP/1.0 clients do, and only this machine may
        if (host == null ? RemoteAddress.isLoopback(request.getRemoteAddr()) : allows(host)) {
            return LOCAL;
        }
        String detail =
                host == null
                        ? "the Host header is missing, and no token is set: send the header, or set"
                                + " switchboard.admin.token"
                        : "Host is '" + host + "'" + UNKNOWN_HOST;
        throw AccessRefusedException.forbidden("unknown_host", detail);
    }

    /**
     * Accepts loopback and private addresses, unless the request came through a proxy: the address
     * of a proxy says nothing about the address of its client.
     */
    private static void checkAddress(HttpServletRequest request) {
        String remote = request.getRemoteAddr();
        if (!RemoteAddress.isLocal(remote)) {
            throw AccessRefusedException.forbidden(
                    "not_local", "the request comes from the public address " + remote + REMEDY);
        }
        for (String proxy : PROXY_HEADERS) {
            if (request.getHeader(proxy) != null) {
                throw AccessRefusedException.forbidden(
                        "proxied", "the request came through a proxy (" + proxy + ")" + REMEDY);
            }
        }
    }

    /** Returns whether a request with this Host header may be answered. */
    boolean allows(String host) {
        String name = name(host);
        if (name.startsWith("[")) {
            return name.endsWith("]");
        }
        return name.indexOf('.') < 0
                || isIpv4(name)
                || name.endsWith(".localhost")
                || name.endsWith(".local")
                || name.endsWith(".internal")
                || allowed.contains(name);
    }

    /** Returns the name in lower case, without the port and a final dot. */
    private static String name(String host) {
        String name = host.strip();
        int colon = name.lastIndexOf(':');
        if (colon > name.lastIndexOf(']')) {
            name = name.substring(0, colon);
        }
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        return name.toLowerCase(Locale.ROOT);
    }

    /** Needs no range checks: no top-level domain is a number (RFC 3696, section 2). */
    private static boolean isIpv4(String name) {
        int dots = 0;
        for (int at = 0; at < name.length(); at++) {
            char next = name.charAt(at);
            if (next == '.') {
                dots++;
            } else if (next < '0' || next > '9') {
                return false;
            }
        }
        return dots == 3;
    }
}
