package io.switchboard.web.access;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names by which this service may be called while no token is set.
 *
 * <p>Against DNS rebinding: a site whose name is made to resolve to this machine is of the same
 * origin to a browser, and only the Host header still has that site's name. Names that nobody can
 * register, and addresses, are nobody's site.
 */
final class Hosts {
    private final Set<String> allowed;

    /** Names as in the Host header; a port is of no account. */
    Hosts(List<String> allowed) {
        this.allowed = allowed.stream().map(Hosts::name).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether this Host header may be answered. */
    boolean allow(String header) {
        String name = name(header);
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

    /** Without port and final dot, in lower case. */
    private static String name(String header) {
        String name = header.strip();
        int colon = name.lastIndexOf(':');
        if (colon > name.lastIndexOf(']')) {
            name = name.substring(0, colon);
        }
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        return name.toLowerCase(Locale.ROOT);
    }

    /** No top-level domain is a number (RFC 3696, section 2). */
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
