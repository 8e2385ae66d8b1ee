package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.security.core.Authentication;

/**
 * Authenticates requests while no token is set, by their Host header and, unless every address may
 * call, by where they come from.
 *
 * <p>The Host check prevents DNS rebinding. If a web site makes its name resolve to this machine, a
 * browser takes both for one origin, and only the Host header still contains the site's name. An
 * address, or a name that nobody can register, is not the name of such a site.
 */
final class HostCheckFilter extends AccessFilter {
    private static final Authentication SENDER = AccessPolicy.Role.SEND.authentication();
    private static final String[] PROXY_HEADERS = {
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"
    };
    private static final String SETTINGS =
            ", and no token is set: set switchboard.admin.token and send it (Authorization: Bearer"
                    + " TOKEN), or switchboard.admin.auth=open to let everybody in";
    private static final String UNKNOWN_HOST =
            ", which is no address and no local name, and no token is set: set"
                    + " switchboard.admin.allowed-hosts to that name, or switchboard.admin.token";

    private final Set<String> allowed;
    private final boolean anyAddress;

    /**
     * @param allowed names that the Host header may have besides local ones; ports are ignored
     * @param anyAddress whether public addresses and proxies may call
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
        // a request without Host (HTTP/1.0) is not a browser's; only this machine may send it
        if (host == null ? Remote.isLoopback(request.getRemoteAddr()) : allows(host)) {
            return SENDER;
        }
        String wrong = host == null ? "the Host header is missing" : "Host is '" + host + "'";
        throw AccessRefusedException.forbidden("unknown_host", wrong + UNKNOWN_HOST);
    }

    /**
     * Accepts loopback and private addresses, unless the request came through a proxy: the address
     * of a proxy says nothing about its client's.
     */
    private static void checkAddress(HttpServletRequest request) {
        String remote = request.getRemoteAddr();
        if (!Remote.isNear(remote)) {
            throw AccessRefusedException.forbidden(
                    "not_local", "the request comes from the public address " + remote + SETTINGS);
        }
        for (String proxy : PROXY_HEADERS) {
            if (request.getHeader(proxy) != null) {
                throw AccessRefusedException.forbidden(
                        "proxied", "the request came through a proxy (" + proxy + ")" + SETTINGS);
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
