package io.switchboard.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A CIDR block of IPv4 or IPv6 addresses (RFC 4632, section 3.1), or a single address. An
 * IPv4-mapped IPv6 address such as {@code ::ffff:10.0.0.1} is treated as the IPv4 address.
 *
 * @param base the first address of the block
 * @param prefix the prefix length in bits; all bits for a single address
 */
public record Network(InetAddress base, int prefix) {
    private static final String EXPECTED =
            "it takes a network such as 10.0.0.0/8 or fd00::/8, or an address";

    public Network {
        int bits = bits(base);
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException(
                    "/%d is not a prefix length of %s: it takes /0 to /%d"
                            .formatted(prefix, NumericHost.of(base), bits));
        }
        InetAddress first = first(base, prefix);
        if (!first.equals(base)) {
            throw new IllegalArgumentException(
                    "%s has bits set after its /%d prefix: it takes %s/%2$d, or %1$s alone"
                            .formatted(NumericHost.of(base), prefix, NumericHost.of(first)));
        }
    }

    /**
     * Parses a network such as {@code 10.0.0.0/8} or {@code fd00::/8}, or a single address.
     *
     * @throws IllegalArgumentException if the text is invalid; the message says what is valid
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
                    "'%s': '%s' is not a prefix length: %s".formatted(text, prefix, EXPECTED));
        }
        return new Network(base, Integer.parseInt(prefix));
    }

    /**
     * Parses an address literal. Refuses the short forms of inet_aton(3), in which 10.1 is
     * 10.0.0.1, and IPv6 zones such as {@code %eth0}.
     */
    private static InetAddress address(String literal, String text) {
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            boolean complete =
                    literal.indexOf(':') >= 0 || address.getHostAddress().equals(literal);
            if (complete && literal.indexOf('%') < 0) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(objection(text), e);
        }
        throw new IllegalArgumentException(objection(text));
    }

    private static String objection(String text) {
        return "'%s' is not a network: %s".formatted(text, EXPECTED);
    }

    /** Returns whether the network contains the address. */
    public boolean contains(InetAddress address) {
        byte[] expected = base.getAddress();
        byte[] actual = address.getAddress();
        if (expected.length != actual.length) {
            return false;
        }
        int bytes = prefix / Byte.SIZE;
        int rest = Byte.SIZE - prefix % Byte.SIZE;
        return Arrays.equals(expected, 0, bytes, actual, 0, bytes)
                && (rest == Byte.SIZE
                        || (expected[bytes] & 0xff) >> rest == (actual[bytes] & 0xff) >> rest);
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
            throw new IllegalArgumentException(e); // cannot happen: the length is unchanged
        }
    }

    /** Returns the network as the configuration spells it. */
    @Override
    public String toString() {
        String first = NumericHost.of(base);
        return prefix == bits(base) ? first : first + "/" + prefix;
    }
}
