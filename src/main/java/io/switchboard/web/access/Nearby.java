package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets in who calls from this machine or a private network, and not through a proxy: there, whoever
 * is in front of the proxy would seem to be near.
 */
record Nearby(Hosts hosts) implements Policy {
    private static final List<String> PROXIES =
            List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via");
    private static final String SETTINGS =
            ", and no token is set: set switchboard.admin.token and send it (Authorization: Bearer"
                    + " TOKEN), or switchboard.admin.auth=open to let everybody in";

    @Override
    public Verdict judge(HttpServletRequest request) {
        String remote = request.getRemoteAddr();
        if (!Remote.isNear(remote)) {
            return Verdict.Refused.forbidden(
                    "not_local", "the request comes from the public address " + remote + SETTINGS);
        }
        String proxy = proxyHeader(request);
        if (proxy != null) {
            return Verdict.Refused.forbidden(
                    "proxied", "the request came through a proxy (" + proxy + ")" + SETTINGS);
        }
        return HostCheck.judge(hosts, request);
    }

    private static @Nullable String proxyHeader(HttpServletRequest request) {
        for (int i = 0; i < PROXIES.size(); i++) { // an iterator would be made for every request
            if (request.getHeader(PROXIES.get(i)) != null) {
                return PROXIES.get(i);
            }
        }
        return null;
    }

    @Override
    public String line() {
        return "no admin token is set: HTTP is open to this machine and to private networks; set"
                + " switchboard.admin.token (SWITCHBOARD_ADMIN_TOKEN) to require one";
    }

    @Override
    public boolean isLax() {
        return true;
    }
}
