package io.switchboard.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the parts that sock_diag(7) messages of all address families share: {@code
 * struct nlmsghdr} and {@code struct nlattr} of linux/netlink.h.
 */
final class NetlinkMessages {
    /** The size in bytes of {@code struct nlmsghdr}, with which every message begins. */
    static final int HEADER = 16;

    private static final int ERROR = 2;
    private static final int DONE = 3;
    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_MULTI = 0x2;
    private static final int NLM_F_DUMP = 0x300;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int ATTRIBUTE_HEADER = 4;
    private static final int ENOENT = 2;

    private NetlinkMessages() {}

    /** Receives the body of one response message: the bytes from {@code at} to {@code end}. */
    interface BodyReader {
        void read(ByteBuffer in, int at, int end) throws IOException;
    }

    /**
     * Creates a request and writes its header.
     *
     * @param size the size of the whole request in bytes
     * @param dump whether the request is for all sockets; otherwise it is for one
     * @return the request, positioned after the header
     */
    static ByteBuffer request(int size, int sequence, boolean dump) {
        ByteBuffer request = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        return request.putInt(size)
                .putShort((short) SOCK_DIAG_BY_FAMILY)
                .putShort((short) (dump ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST))
                .putInt(sequence)
                .putInt(0);
    }

    /**
     * Reads one datagram of a response.
     *
     * @param sequence the sequence number of the request; messages with another one are skipped
     * @return whether the response is complete
     * @throws IOException if the response is an error other than ENOENT, or is truncated
     */
    public static boolean read(ByteBuffer datagram, int sequence, BodyReader each)
            throws IOException {
        int at = 0;
        while (at + HEADER <= datagram.limit()) {
            int length = datagram.getInt(at);
            int type = datagram.getShort(at + 4);
            boolean multipart = (datagram.getShort(at + 6) & NLM_F_MULTI) != 0;
            if (length < HEADER || at + length > datagram.limit()) {
                throw new IOException("a netlink message of " + length + " bytes is truncated");
            }
            if (datagram.getInt(at + 8) == sequence) {
                if (type == DONE) {
                    return true;
                }
                if (type == ERROR) {
                    int errno = -datagram.getInt(at + HEADER);
                    if (errno != ENOENT) {
                        throw new IOException("sock_diag answered with errno " + errno);
                    }
                    return true;
                }
                each.read(datagram, at + HEADER, at + length);
                if (!multipart) {
                    return true;
                }
            }
            at += align(length);
        }
        return false;
    }

    /**
     * Returns the value of one attribute, or null if the message does not contain it.
     *
     * @param minSize the size in bytes to which a shorter value is padded with zeros, because an
     *     older kernel's struct may be shorter
     */
    static @Nullable ByteBuffer attribute(ByteBuffer in, int from, int end, int type, int minSize) {
        int at = from;
        while (at + ATTRIBUTE_HEADER <= end) {
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < ATTRIBUTE_HEADER || at + length > end) {
                return null;
            }
            if (in.getShort(at + 2) == type) {
                int size = length - ATTRIBUTE_HEADER;
                ByteBuffer value = ByteBuffer.allocate(Math.max(size, minSize)).order(in.order());
                return value.put(0, in, at + ATTRIBUTE_HEADER, size);
            }
            at += align(length);
        }
        return null;
    }

    private static int align(int length) {
        return (length + 3) & ~3;
    }
}
