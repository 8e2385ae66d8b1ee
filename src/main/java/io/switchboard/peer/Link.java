package io.switchboard.peer;

import io.switchboard.net.Endpoint;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The local end of one connection, through which a session uses its socket. Each transport
 * implements it.
 *
 * <p>Every method may be called from any thread and none blocks. The outbox ensures that only one
 * thread at a time calls {@code write}.
 */
public interface Link {
    /**
     * The options of a peer's socket, as getsockopt(2) reports them.
     *
     * @param sendBuffer SO_SNDBUF, bytes
     * @param receiveBuffer SO_RCVBUF, bytes
     * @param keepAlive SO_KEEPALIVE; null if the transport has no such option
     * @param noDelay TCP_NODELAY; null if the transport has no such option
     */
    record SocketOptions(
            int sendBuffer,
            int receiveBuffer,
            @Nullable Boolean keepAlive,
            @Nullable Boolean noDelay) {}

    /**
     * The result of a TLS handshake.
     *
     * @param version such as {@code TLSv1.3}
     * @param cipher the cipher suite's name as registered by IANA, or the name that a proxy sent;
     *     null if the proxy sent none
     * @param sni the server name that the client requested (RFC 6066, section 3); null if there is
     *     none
     * @param subject the subject of the peer's certificate (RFC 2253); null without a certificate
     */
    record TlsFacts(
            String version,
            @Nullable String cipher,
            @Nullable String sni,
            @Nullable String subject) {}

    /** Whether the peer connected to this service (inbound), or this service to the peer. */
    enum Direction {
        INBOUND,
        OUTBOUND;

        /** Returns the direction as the API spells it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Sets the session of the link. Called once, before the registry notifies its observers. */
    default void attach(PeerSession session) {}

    /**
     * Writes as many bytes as the kernel accepts without blocking.
     *
     * @param bytes the data; its position advances by the number of accepted bytes
     * @return the number of accepted bytes, possibly 0
     * @throws IOException the connection is broken or closed
     */
    int write(ByteBuffer bytes) throws IOException;

    /** Writes the first {@code count} buffers with one gathering write (writev(2)). */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /**
     * Returns whether each write is a separate message for the peer (SOCK_DGRAM). If so, the caller
     * passes exactly one whole frame to {@link #write(ByteBuffer)}, which accepts all of it or
     * nothing.
     */
    default boolean preservesMessages() {
        return false;
    }

    /**
     * Returns how many bytes beyond those that the last write accepted can no longer be withdrawn,
     * because TLS has already encrypted them. The next write must offer the same bytes first.
     * Called by the thread that has written.
     */
    default int ahead() {
        return 0;
    }

    /**
     * Calls {@link PeerSession#writable} once, on the connection's thread, when the socket is
     * writable.
     */
    void wakeWhenWritable();

    /**
     * Calls {@link PeerSession#checkDeadlines} on the connection's thread within this time, in
     * nanoseconds; {@link Long#MAX_VALUE} for no call.
     */
    void checkDeadlinesWithin(long nanos);

    /**
     * Runs a task on the connection's thread when it has processed what it has just read. A task
     * for a closed connection may not run.
     */
    void execute(Runnable task);

    /**
     * Stops reading until {@link #resumeReading}. When the kernel's buffers are full, TCP applies
     * back-pressure to the peer. A read that has already begun is completed and its data is
     * processed. Idempotent; no effect on a connection that is closing.
     *
     * <p>While reading is stopped, a FIN or an RST is detected only if a write fails. After reading
     * resumes, the data that arrived before the FIN or RST is read first.
     */
    void pauseReading();

    /** Resumes reading. Idempotent. */
    void resumeReading();

    /**
     * Makes the connection drop what it reads, and keep the end of the stream to itself until
     * {@link #reportEnd}: the kernel does not forget what such a peer has acknowledged. For
     * connections whose only purpose is a message. Called on the connection's thread before the
     * first read.
     *
     * @throws UnsupportedOperationException the transport has no end of the stream
     */
    default void dropInput() {
        throw new UnsupportedOperationException("this transport has no end of the stream");
    }

    /** Reports the end of the stream that {@link #dropInput} has kept, or will keep. Any thread. */
    default void reportEnd() {}

    /**
     * Ends the output: sends a FIN after the written bytes, with TLS a close_notify before it, and
     * continues to read. The outbox calls this method once at most, as it calls {@code write}, and
     * does not write afterwards.
     *
     * @throws IOException the connection is broken or closed
     * @throws UnsupportedOperationException the transport has no end of the output
     */
    default void endOutput() throws IOException {
        throw new UnsupportedOperationException("this transport has no end of the output");
    }

    /**
     * Returns whether an answer to what the peer sent may still follow from whoever receives its
     * frames directly. When none can, the link calls {@link PeerSession#answered}.
     */
    default boolean owesAnswer() {
        return false;
    }

    /** Sends a FIN after the written bytes and closes the socket soon afterwards. Idempotent. */
    void finish();

    /** Closes the socket at once. Idempotent. */
    void abort();

    /** Returns the remote address of the socket, as the kernel knows it. */
    SocketAddress remote();

    /** Returns the local address of the socket. */
    SocketAddress local();

    /** Returns the client's address: {@link #remote}, or the one from a proxy's PROXY header. */
    default SocketAddress client() {
        return remote();
    }

    /** Returns {@link #client} as an endpoint. */
    default Endpoint peername() {
        return Endpoint.of(client());
    }

    /** Returns the proxy through which the client connected; null if there is none. */
    default @Nullable Endpoint proxy() {
        return client().equals(remote()) ? null : Endpoint.of(remote());
    }

    /** Returns which side opened the connection. */
    default Direction direction() {
        return Direction.INBOUND;
    }

    /** Returns the result of the TLS handshake; null without TLS. */
    default @Nullable TlsFacts tls() {
        return null;
    }

    /** Returns the options of the socket; empty if it is closed. */
    Optional<SocketOptions> options();

    /**
     * Sets an option of the socket, as setsockopt(2) does.
     *
     * @throws IOException the socket is closed
     * @throws UnsupportedOperationException the socket has no such option
     */
    void option(SocketOption<Boolean> option, boolean on) throws IOException;

    /**
     * Returns the received bytes of the frame that is not complete yet. The value is approximate
     * while the peer is sending.
     */
    int partialFrameBytes();
}
