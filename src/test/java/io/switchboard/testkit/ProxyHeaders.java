package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Builds headers of the PROXY protocol byte for byte as its specification defines them. */
public final class ProxyHeaders {
    public static final byte[] LOCAL = bytes("0d0a0d0a000d0a515549540a 20 00 0000");

    private static final int UNIX_PATH = 108;

    private ProxyHeaders() {}

    /** Returns a version 1 header for a connection to port 8000 of 192.0.2.1 or 2001:db8::1. */
    public static byte[] v1(String client, int port) {
        String line =
                client.indexOf(':') < 0
                        ? "PROXY TCP4 " + client + " 192.0.2.1 " + port + " 8000\r\n"
                        : "PROXY TCP6 " + client + " 2001:db8::1 " + port + " 8000\r\n";
        return line.getBytes(US_ASCII);
    }

    /** Returns a version 2 header for a connection to port 8000 of the client's own address. */
    public static byte[] v2(String client, int port, byte[]... tlvs) {
        byte[] address = InetAddress.ofLiteral(client).getAddress();
        ByteBuffer addresses = ByteBuffer.allocate(2 * address.length + 4);
        addresses.put(address).put(address).putShort((short) port).putShort((short) 8000);
        return v2(address.length == 4 ? 0x11 : 0x21, addresses.array(), tlvs);
    }

    /** Returns a version 2 header for a Unix-domain client that is bound to this path. */
    public static byte[] v2Unix(String path, byte[]... tlvs) {
        ByteBuffer paths = ByteBuffer.allocate(2 * UNIX_PATH);
        paths.put(path.getBytes(UTF_8)).put(UNIX_PATH, "/run/haproxy.sock".getBytes(UTF_8));
        return v2(0x31, paths.array(), tlvs);
    }

    public static byte[] v2(int family, byte[] addresses, byte[]... tlvs) {
        byte[] extensions = join(tlvs);
        ByteBuffer fixed = ByteBuffer.allocate(16);
        fixed.put(LOCAL, 0, 12).put((byte) 0x21).put((byte) family);
        fixed.putShort((short) (addresses.length + extensions.length));
        return join(fixed.array(), addresses, extensions);
    }

    public static byte[] tlv(int type, String text) {
        return tlv(type, text.getBytes(UTF_8));
    }

    public static byte[] tlv(int type, byte[] value) {
        return join(
                new byte[] {(byte) type, (byte) (value.length >> 8), (byte) value.length}, value);
    }

    /** Returns a TLV of type PP2_TYPE_SSL. */
    public static byte[] ssl(int client, int verify, byte[]... inner) {
        ByteBuffer fixed = ByteBuffer.allocate(5).put((byte) client).putInt(verify);
        return tlv(0x20, join(fixed.array(), join(inner)));
    }

    public static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }
}
