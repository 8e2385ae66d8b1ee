package io.switchboard.peer;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * The addresses that begin with the same bits (RFC 4632, section 3.1): of IPv4 or of IPv6, never of
 * both. An IPv6 address that stands for one of IPv4 ({@code ::ffff:10.0.0.1}) is that one.
 *
 * @param base its first address
 * @param prefix how many bits are the same: all of them for a single address
 */
public record Network(InetAddress base, int prefix) {
    private static final String EXPECTED =
            "it takes a network such as 10.0.0.0/8 or fd00::/8, or an address";

    public Network {
        int bits = bits(base);
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException(
                    "/%d is no prefix of %s: it takes /0 to /%d"
                            .formatted(prefix, NumericHost.of(base), bits));
        }
        InetAddress first = first(base, prefix);
        if (!first.equals(base)) {
            throw new IllegalArgumentException(
                    "%s has bits behind its /%d: it takes %s/%2$d, or %1$s alone"
                            .formatted(NumericHost.of(base), prefix, NumericHost.of(first)));
        }
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code fd00::/8} or an address; the exception says what is valid.
     */
    public static Network of(String text) {
        int slash = text.indexOf('/');
        InetAddress base = address(slash < 0 ? text : text.substring(0, slash), text);
        String prefix = text.substring(slash + 1);
        if (slash < 0) {
            return new Network(base, bits(base));
        }
        if (!prefix.matches("\\d{1,3}")) {
            throw new IllegalArgumentException(
                    "'%s': '%s' is no number of bits: %s".formatted(text, prefix, EXPECTED));
        }
        return new Network(base, Integer.parseInt(prefix));
    }

    /** Not the short forms of inet_aton(3), in which 10.1 is 10.0.0.1, nor an interface's name. */
    private static InetAddress address(String literal, String text) {
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            boolean whole = literal.indexOf(':') >= 0 || address.getHostAddress().equals(literal);
            if (whole && literal.indexOf('%') < 0) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(objection(text), e);
        }
        throw new IllegalArgumentException(objection(text));
    }

    private static String objection(String text) {
        return "'%s' is no network: %s".formatted(text, EXPECTED);
    }

    /** Whether the address is one of these. */
    public boolean contains(InetAddress address) {
        byte[] ours = base.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        int whole = prefix / Byte.SIZE;
        int rest = Byte.SIZE - prefix % Byte.SIZE;
        return Arrays.equals(ours, 0, whole, theirs, 0, whole)
                && (rest == Byte.SIZE
                        || (ours[whole] & 0xff) >> rest == (theirs[whole] & 0xff) >> rest);
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }

    private static InetAddress first(InetAddress base, int prefix) {
        byte[] bytes = base.getAddress();
        for (int at = 0; at < bytes.length; at++) {
            int kept = Math.clamp((long) prefix - at * (long) Byte.SIZE, 0, Byte.SIZE);
            bytes[at] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e); // it has as many bytes as it had
        }
    }

    /** As in the configuration. */
    @Override
    public String toString() {
        String first = NumericHost.of(base);
        return prefix == bits(base) ? first : first + "/" + prefix;
    }
}
