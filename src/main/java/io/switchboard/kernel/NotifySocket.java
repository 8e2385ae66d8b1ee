package io.switchboard.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Tells systemd, or another service manager, the state of this process: the protocol of
 * sd_notify(3). The JDK has no Unix datagram sockets, and the program {@code systemd-notify} would
 * be another process, from which systemd accepts nothing by default.
 */
public final class NotifySocket {
    /** The size of {@code sun_path} in bytes (unix(7)). */
    private static final int SUN_PATH = 108;

    private NotifySocket() {}

    /**
     * Sends one datagram. Any thread; blocks for some seconds if the receiver reads nothing.
     *
     * @param address the value of {@code NOTIFY_SOCKET}: an absolute path, or {@code @} and the
     *     name of an abstract socket
     * @param state assignments such as {@code READY=1}, one on each line
     * @throws IOException if the address is not valid, or if nothing receives there; the message
     *     gives the call that failed and the reason
     */
    public static void send(String address, String state) throws IOException {
        try (LibcSocket socket = LibcSocket.unixDatagrams(path(address))) {
            socket.send(ByteBuffer.wrap(state.getBytes(UTF_8)));
        }
    }

    private static byte[] path(String address) throws IOException {
        byte[] bytes = address.getBytes(UTF_8);
        if (bytes.length < 2 || (bytes[0] != '/' && bytes[0] != '@') || bytes.length >= SUN_PATH) {
            throw new IOException(
                    "it takes an absolute path or @NAME of fewer than %d bytes"
                            .formatted(SUN_PATH));
        }
        if (bytes[0] == '/') {
            return Arrays.copyOf(bytes, bytes.length + 1);
        }
        bytes[0] = 0;
        return bytes;
    }
}
