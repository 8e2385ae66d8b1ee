package io.switchboard.peer;

import org.jspecify.annotations.Nullable;

/**
 * Options of a peer's socket, as getsockopt(2) tells them.
 *
 * @param sendBuffer SO_SNDBUF, bytes
 * @param receiveBuffer SO_RCVBUF, bytes
 * @param keepAlive SO_KEEPALIVE; null where the transport has no such option
 * @param noDelay TCP_NODELAY; null likewise
 */
public record SocketOptions(
        int sendBuffer,
        int receiveBuffer,
        @Nullable Boolean keepAlive,
        @Nullable Boolean noDelay) {}
