package io.switchboard.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
 * A netlink(7) socket of the sock_diag(7) family. It calls libc through the foreign function API.
 *
 * <p>Not thread-safe. A call blocks for at most the receive timeout.
 */
final class Netlink implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final long RECEIVE_TIMEOUT_SECONDS = 2;

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
    private static final MethodHandle SEND =
            handle("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV =
            handle("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = arena.allocate(CALL_STATE);
    private final MemorySegment received = arena.allocate(RECEIVE_BUFFER, Long.BYTES);
    private final ByteBuffer view = received.asByteBuffer().order(ByteOrder.nativeOrder());
    private final int descriptor;

    /**
     * @throws IOException if this system has no netlink sockets or does not allow them
     */
    Netlink() throws IOException {
        descriptor = (int) call("socket", this::socket);
        MemorySegment timeval = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteSize());
        timeval.set(JAVA_LONG, 0, RECEIVE_TIMEOUT_SECONDS);
        try {
            call("setsockopt", () -> setReceiveTimeout(timeval));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private long socket() throws Throwable {
        int type = SOCK_RAW | SOCK_CLOEXEC;
        return (int) SOCKET.invokeExact(callState, AF_NETLINK, type, NETLINK_SOCK_DIAG);
    }

    private long setReceiveTimeout(MemorySegment timeval) throws Throwable {
        int size = (int) timeval.byteSize();
        return (int)
                SETSOCKOPT.invokeExact(
                        callState, descriptor, SOL_SOCKET, SO_RCVTIMEO, timeval, size);
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
            throw new IOException(name + " failed with errno " + (int) ERRNO.get(callState, 0L));
        }
        return result;
    }

    @SuppressWarnings("restricted") // the signatures above match the man pages
    private static MethodHandle handle(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                ERRNO_OPTION);
    }
}
