package io.switchboard.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the messages of every family of sock_diag(7) have in common: {@code struct nlmsghdr} and
 * {@code struct nlattr} of linux/netlink.h.
 */
final class NetlinkMessages {
    /** Bytes of {@code struct nlmsghdr}, ahead of every request. */
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

    /** Takes one message of an answer: its body from {@code at} to {@code end}. */
    interface Body {
        void take(ByteBuffer in, int at, int end) throws IOException;
    }

    /**
     * The beginning of a request.
     *
     * @param size of all of it, in bytes
     * @param dump whether all sockets are asked for, or one
     * @return positioned behind the header
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
     * Reads one datagram of an answer.
     *
     * @param sequence of the request; answers to others are passed over
     * @return whether the answer is complete
     * @throws IOException the kernel answered with an error
     */
    static boolean read(ByteBuffer datagram, int sequence, Body each) throws IOException {
        int at = 0;
        while (at + HEADER <= datagram.limit()) {
            int length = datagram.getInt(at);
            int type = datagram.getShort(at + 4);
            boolean multipart = (datagram.getShort(at + 6) & NLM_F_MULTI) != 0;
            if (length < HEADER || at + length > datagram.limit()) {
                throw new IOException("a netlink message of " + length + " bytes is cut off");
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
                each.take(datagram, at + HEADER, at + length);
                if (!multipart) {
                    return true;
                }
            }
            at += align(length);
        }
        return false;
    }

    /**
     * One attribute's value.
     *
     * @param least bytes that the value is filled up to with zeros: an older kernel's struct may be
     *     shorter
     * @return null where there is no such attribute
     */
    static @Nullable ByteBuffer attribute(ByteBuffer in, int from, int end, int wanted, int least) {
        int at = from;
        while (at + ATTRIBUTE_HEADER <= end) {
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < ATTRIBUTE_HEADER || at + length > end) {
                return null;
            }
            if (in.getShort(at + 2) == wanted) {
                int size = length - ATTRIBUTE_HEADER;
                ByteBuffer value = ByteBuffer.allocate(Math.max(size, least)).order(in.order());
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
