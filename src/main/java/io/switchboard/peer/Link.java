package io.switchboard.peer;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A transport's end of one connection: how a session reaches its socket.
 *
 * <p>Every method may be called from any thread and none blocks. {@code write} is called by one
 * thread at a time; the outbox sees to that.
 */
public interface Link {
    /**
     * Options of a peer's socket, as getsockopt(2) tells them.
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
     * What a TLS handshake has settled.
     *
     * @param version such as {@code TLSv1.3}
     * @param cipher the suite's name, as IANA registers it, or as a proxy calls it; null where that
     *     does not tell
     * @param sni the server name that the client asked for (RFC 6066, section 3); null without one
     * @param subject of the peer's certificate (RFC 2253); null where it showed none
     */
    record TlsFacts(
            String version,
            @Nullable String cipher,
            @Nullable String sni,
            @Nullable String subject) {}

    /** Who connected to whom. */
    enum Direction {
        INBOUND,
        OUTBOUND;

        /** Returns the word for it in the API. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Tells the link its session, once, before the registry tells anybody else of it. */
    default void attach(PeerSession session) {}

    /**
     * Writes what the kernel takes now.
     *
     * @param bytes its position moves by what was taken
     * @return how many bytes were taken, possibly 0
     * @throws IOException the connection is broken or closed
     */
    int write(ByteBuffer bytes) throws IOException;

    /** Writes the first {@code count} buffers with one gathering write (writev(2)). */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /**
     * Whether each write is a message of its own for the far end (SOCK_DGRAM): then {@link
     * #write(ByteBuffer)} is given one frame at a time, whole, and takes all of it or nothing.
     */
    default boolean keepsMessages() {
        return false;
    }

    /**
     * Bytes behind those that a write told as taken that are on their way all the same, and cannot
     * be called back: whoever offered them offers them again, first. Asked by the thread that has
     * written.
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
     * Reads nothing more until {@link #resumeReading}; the peer's TCP learns of it when the
     * kernel's buffers are full. A read that is under way goes on, and what it brings is still
     * handed on. Idempotent; on a connection that ends it does nothing.
     *
     * <p>An end of the stream or an RST is not noticed meanwhile, but by a write that fails: when
     * reading goes on, what came before it is read first.
     */
    void pauseReading();

    /** Reads on. Idempotent. */
    void resumeReading();

    /** Ends the stream after the written bytes (FIN) and frees the socket soon. Idempotent. */
    void finish();

    /** Frees the socket at once. Idempotent. */
    void abort();

    /** The far end of the socket: what the kernel knows it by. */
    SocketAddress remote();

    /** Our end of the socket. */
    SocketAddress local();

    /** Who is at the far end: {@link #remote}, unless a proxy there has told for whom it speaks. */
    default SocketAddress client() {
        return remote();
    }

    /** {@link #client}, as people read it. */
    default Endpoint peername() {
        return Endpoint.of(client());
    }

    /** The proxy that speaks for the client; null where there is none. */
    default @Nullable Endpoint proxy() {
        return client().equals(remote()) ? null : Endpoint.of(remote());
    }

    /** Who connected to whom. */
    default Direction direction() {
        return Direction.INBOUND;
    }

    /** What the TLS handshake has settled; null without TLS. */
    default @Nullable TlsFacts tls() {
        return null;
    }

    /** Options of the socket; nothing once it is closed. */
    Optional<SocketOptions> options();

    /**
     * Sets an option of the socket, as setsockopt(2) does.
     *
     * @throws IOException the socket is closed
     * @throws UnsupportedOperationException it has no such option
     */
    void option(SocketOption<Boolean> option, boolean on) throws IOException;

    /** Bytes received of a frame that is not finished yet; a guess while the peer sends. */
    int partialFrameBytes();
}
