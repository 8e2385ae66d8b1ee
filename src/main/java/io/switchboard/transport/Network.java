package io.switchboard.transport;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses that begin alike, in the notation of CIDR (RFC 4632, RFC 4291).
 *
 * @param base any address of it
 * @param prefix bits
 */
public record Network(InetAddress base, int prefix) {
    private static final Pattern FORM = Pattern.compile("([^/]+)(?:/(\\d{1,3}))?");

    /**
     * The network of this text: {@code 192.0.2.0/24}, {@code 2001:db8::/32}, or one address.
     *
     * @throws IllegalArgumentException for any other; the message says what it takes
     */
    public static Network of(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            try {
                InetAddress base = InetAddress.ofLiteral(form.group(1));
                int bits = base.getAddress().length * Byte.SIZE;
                int prefix = form.group(2) == null ? bits : Integer.parseInt(form.group(2));
                if (prefix <= bits) {
                    return new Network(base, prefix);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(complaint(text), e);
            }
        }
        throw new IllegalArgumentException(complaint(text));
    }

    private static String complaint(String text) {
        return "'" + text + "' is no network: it takes one such as 192.0.2.0/24 or 2001:db8::/32";
    }

    /** Whether this address is in it; none of the other family is. */
    public boolean contains(InetAddress address) {
        byte[] mine = base.getAddress();
        byte[] its = address.getAddress();
        if (base instanceof Inet4Address != address instanceof Inet4Address) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if (((mine[bit / Byte.SIZE] ^ its[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
