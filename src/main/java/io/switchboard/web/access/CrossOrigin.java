package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a browser sends for a page of another origin, whatever the method: with it, no site
 * that somebody visits can read or send here in his name. Programs that are no browser send neither
 * header (Fetch Metadata, section 2.4; RFC 6454, section 7).
 */
final class CrossOrigin {
    private CrossOrigin() {}

    /** Null for what is not refused. */
    static Verdict.@Nullable Refused refusal(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return foreign("Sec-Fetch-Site", site);
        }
        String origin = request.getHeader("Origin");
        return origin == null || isOwn(origin, request) ? null : foreign("Origin", origin);
    }

    private static boolean isOwn(String origin, HttpServletRequest request) {
        String host = request.getHeader("Host");
        String scheme = request.getScheme();
        return host != null && origin.equalsIgnoreCase(scheme + "://" + withoutPort(scheme, host));
    }

    /** A browser does not say a scheme's own port. */
    private static String withoutPort(String scheme, String host) {
        String port = scheme.equals("https") ? ":443" : ":80";
        return host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
    }

    private static Verdict.Refused foreign(String header, String value) {
        return Verdict.Refused.forbidden(
                "cross_origin",
                "a browser sent this for a page of another origin ("
                        + header
                        + ": "
                        + value
                        + "): only this service's own pages may call it; a back end may, for them");
    }
}
