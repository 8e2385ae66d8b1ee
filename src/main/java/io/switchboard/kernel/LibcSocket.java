package io.switchboard.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A socket of a kind that the JDK does not have. It calls libc through the foreign function API.
 *
 * <p>Not thread-safe. A call blocks for at most {@link #TIMEOUT_SECONDS}.
 */
final class LibcSocket implements AutoCloseable {
    static final long TIMEOUT_SECONDS = 2;

    private static final int AF_UNIX = 1;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;

    /**
     * The size in bytes of the largest datagram that the kernel uses for a dump (NLMSG_GOODSIZE and
     * above).
     */
    private static final int RECEIVE_BUFFER = 64 * 1024;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO_OPTION = Linker.Option.captureCallState("errno");
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET =
            handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT =
            handle("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SEND =
            handle("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV =
            handle("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle STRERROR = strerror();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = arena.allocate(CALL_STATE);
    private final MemorySegment received;
    private final ByteBuffer view;
    private final int descriptor;

    private LibcSocket(int family, int type, int protocol, int receiveBuffer) throws IOException {
        received = arena.allocate(receiveBuffer, Long.BYTES);
        view = received.asByteBuffer().order(ByteOrder.nativeOrder());
        try {
            descriptor = (int) call("socket", () -> open(family, type | SOCK_CLOEXEC, protocol));
        } catch (IOException e) {
            arena.close();
            throw e;
        }
        MemorySegment timeval = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteSize());
        timeval.set(JAVA_LONG, 0, TIMEOUT_SECONDS);
        try {
            call("setsockopt", () -> set(SO_RCVTIMEO, timeval));
            call("setsockopt", () -> set(SO_SNDTIMEO, timeval));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private long open(int family, int type, int protocol) throws Throwable {
        return (int) SOCKET.invokeExact(callState, family, type, protocol);
    }

    /**
     * Opens a netlink(7) socket of the sock_diag(7) family.
     *
     * @throws IOException if this system has no netlink sockets or does not allow them
     */
    static LibcSocket netlink() throws IOException {
        return new LibcSocket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, RECEIVE_BUFFER);
    }

    /**
     * Opens a unix(7) datagram socket that sends to this address and receives nothing.
     *
     * @param address {@code sun_path}: the path with its final 0, or the name of an abstract socket
     *     with a 0 before it; at most 108 bytes
     * @throws IOException if nothing receives there
     */
    static LibcSocket unixDatagrams(byte[] address) throws IOException {
        LibcSocket socket = new LibcSocket(AF_UNIX, SOCK_DGRAM, 0, 0);
        try {
            socket.connect(AF_UNIX, address);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private void connect(int family, byte[] address) throws IOException {
        try (Arena once = Arena.ofConfined()) {
            MemorySegment sockaddr =
                    once.allocate(JAVA_SHORT.byteSize() + address.length, JAVA_SHORT.byteSize());
            sockaddr.set(JAVA_SHORT, 0, (short) family);
            MemorySegment.copy(
                    address, 0, sockaddr, JAVA_BYTE, JAVA_SHORT.byteSize(), address.length);
            int size = (int) sockaddr.byteSize();
            call("connect", () -> (int) CONNECT.invokeExact(callState, descriptor, sockaddr, size));
        }
    }

    private long set(int option, MemorySegment timeval) throws Throwable {
        int size = (int) timeval.byteSize();
        return (int)
                SETSOCKOPT.invokeExact(callState, descriptor, SOL_SOCKET, option, timeval, size);
    }

    private long receiveBytes() throws Throwable {
        return (long) RECV.invokeExact(callState, descriptor, received, received.byteSize(), 0);
    }

    /** Sends the buffer's remaining bytes as one datagram. */
    void send(ByteBuffer message) throws IOException {
        try (Arena once = Arena.ofConfined()) {
            MemorySegment bytes = once.allocate(message.remaining(), Long.BYTES);
            bytes.copyFrom(MemorySegment.ofBuffer(message));
            call(
                    "send",
                    () ->
                            (long)
                                    SEND.invokeExact(
                                            callState, descriptor, bytes, bytes.byteSize(), 0));
        }
    }

    /**
     * Receives one datagram.
     *
     * @return the datagram, in native byte order; valid until the next call
     * @throws IOException if the call fails or times out
     */
    ByteBuffer receive() throws IOException {
        long count = call("recv", this::receiveBytes);
        return view.clear().limit((int) count);
    }

    @Override
    public void close() {
        try {
            int ignored = (int) CLOSE.invokeExact(callState, descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        arena.close();
    }

    /** A call of a libc function that returns -1 on failure. */
    @FunctionalInterface
    private interface LibcCall {
        long call() throws Throwable;
    }

    private long call(String name, LibcCall libc) throws IOException {
        long result;
        try {
            result = libc.call();
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + name, e);
        }
        if (result < 0) {
            int errno = (int) ERRNO.get(callState, 0L);
            throw new IOException("%s: %s (errno %d)".formatted(name, text(errno), errno));
        }
        return result;
    }

    /** Returns the text of strerror(3). */
    @SuppressWarnings("restricted") // strerror returns a string that ends with a 0
    private static String text(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("calling strerror", e);
        }
    }

    @SuppressWarnings("restricted") // the signatures above match the man pages
    private static MethodHandle handle(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                ERRNO_OPTION);
    }

    @SuppressWarnings("restricted") // the signature matches the man page
    private static MethodHandle strerror() {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("strerror"),
                FunctionDescriptor.of(ADDRESS, JAVA_INT));
    }
}
