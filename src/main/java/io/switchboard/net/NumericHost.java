package io.switchboard.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/** Formats IP addresses; in IPv6 the longest run of zero groups becomes "::" (RFC 5952). */
final class NumericHost {
    /** Matches two or more zero groups; the JDK writes neither leading zeros nor "::". */
    private static final Pattern ZEROS = Pattern.compile("(?:^|:)(0(?::0)+)(?::|(?=%|$))");

    private NumericHost() {}

    static String of(InetAddress address) {
        String text = address.getHostAddress();
        if (!(address instanceof Inet6Address)) {
            return text;
        }
        return ZEROS.matcher(text)
                .results()
                .reduce(
                        (longest, next) ->
                                next.group(1).length() > longest.group(1).length() ? next : longest)
                .map(run -> text.substring(0, run.start()) + "::" + text.substring(run.end()))
                .orElse(text);
    }
}
