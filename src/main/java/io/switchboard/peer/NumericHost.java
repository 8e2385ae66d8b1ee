package io.switchboard.peer;

import java.net.Inet6Address;
import java.net.InetAddress;

/** IP addresses as text, an IPv6 address without its longest run of zeros (RFC 5952). */
final class NumericHost {
    private static final int GROUPS = 8;

    private NumericHost() {}

    static String of(InetAddress address) {
        return address instanceof Inet6Address v6 ? compressed(v6) : address.getHostAddress();
    }

    private static String compressed(Inet6Address address) {
        byte[] bytes = address.getAddress();
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int gap = 0;
        int gapLength = 1; // a single zero group is written out
        for (int from = 0; from < GROUPS; from++) {
            int to = from;
            while (to < GROUPS && groups[to] == 0) {
                to++;
            }
            if (to - from > gapLength) {
                gap = from;
                gapLength = to - from;
            }
        }
        String text =
                gapLength > 1
                        ? join(groups, 0, gap) + "::" + join(groups, gap + gapLength, GROUPS)
                        : join(groups, 0, GROUPS);
        String full = address.getHostAddress();
        int scope = full.indexOf('%');
        return scope < 0 ? text : text + full.substring(scope);
    }

    private static String join(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
