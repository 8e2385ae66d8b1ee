package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;

/** The last question while no token is set: by which name the service was called. */
final class HostCheck {
    private HostCheck() {}

    /** Without a Host header (HTTP/1.0) it was no browser, but only this machine is believed. */
    static Verdict judge(Hosts hosts, HttpServletRequest request) {
        String host = request.getHeader("Host");
        boolean allowed =
                host == null ? Remote.isLoopback(request.getRemoteAddr()) : hosts.allow(host);
        return allowed
                ? Verdict.Admitted.of(Role.SEND)
                : Verdict.Refused.forbidden(
                        "unknown_host",
                        (host == null ? "the Host header is missing" : "Host is '" + host + "'")
                                + ", which is no address and no local name, and no token is set:"
                                + " set switchboard.admin.allowed-hosts to that name, or"
                                + " switchboard.admin.token");
    }
}
