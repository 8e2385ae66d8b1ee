package io.switchboard.peer;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/** IP addresses as text, an IPv6 address without its longest run of zeros (RFC 5952). */
final class NumericHost {
    /** Two or more groups of zeros; the JDK writes neither leading zeros nor "::". */
    private static final Pattern ZEROS = Pattern.compile("(?:^|:)(0(?::0)+)(?::|(?=%|$))");

    private NumericHost() {}

    static String of(InetAddress address) {
        String text = address.getHostAddress();
        if (!(address instanceof Inet6Address)) {
            return text;
        }
        return ZEROS.matcher(text)
                .results()
                .reduce((one, next) -> next.group(1).length() > one.group(1).length() ? next : one)
                .map(run -> text.substring(0, run.start()) + "::" + text.substring(run.end()))
                .orElse(text);
    }
}
