package io.switchboard.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.kernel.KernelSockets.AcceptQueue;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * Encodes sock_diag(7) requests for listening Unix-domain sockets ({@code struct unix_diag_req})
 * and decodes the responses ({@code struct unix_diag_msg} with attributes; linux/unix_diag.h).
 */
final class UnixDiag {
    private static final int REQUEST = NetlinkMessages.HEADER + 24;
    private static final int DIAG_MESSAGE = 16;
    private static final byte AF_UNIX = 1;
    private static final int LISTEN = 1 << 10;
    private static final int SHOW_NAME = 1;
    private static final int SHOW_QUEUE = 0x10;
    private static final int NAME = 0;
    private static final int QUEUE = 4;
    private static final int NO_COOKIE = -1;

    private UnixDiag() {}

    /** Requests all listening Unix-domain sockets, in one dump. */
    static ByteBuffer requestListening(int sequence) {
        ByteBuffer request = NetlinkMessages.request(REQUEST, sequence, true);
        request.put(AF_UNIX).put((byte) 0).putShort((short) 0);
        request.putInt(LISTEN).putInt(0).putInt(SHOW_NAME | SHOW_QUEUE);
        request.putInt(NO_COOKIE).putInt(NO_COOKIE);
        return request.rewind();
    }

    /** Reads the path and the accept queue from the message of one listening socket. */
    static void read(ByteBuffer in, int at, int end, BiConsumer<String, AcceptQueue> each) {
        ByteBuffer name = NetlinkMessages.attribute(in, at + DIAG_MESSAGE, end, NAME, 0);
        ByteBuffer queue = NetlinkMessages.attribute(in, at + DIAG_MESSAGE, end, QUEUE, 0);
        if (name != null && queue != null) {
            each.accept(
                    UTF_8.decode(name).toString().replace("\0", ""),
                    new AcceptQueue(
                            Integer.toUnsignedLong(queue.getInt(0)),
                            Integer.toUnsignedLong(queue.getInt(4))));
        }
    }
}
