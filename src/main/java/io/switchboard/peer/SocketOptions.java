package io.switchboard.peer;

/**
 * Options of a peer's socket, as getsockopt(2) tells them.
 *
 * @param sendBuffer SO_SNDBUF, bytes
 * @param receiveBuffer SO_RCVBUF, bytes
 * @param keepAlive SO_KEEPALIVE
 * @param noDelay TCP_NODELAY
 */
public record SocketOptions(
        int sendBuffer, int receiveBuffer, boolean keepAlive, boolean noDelay) {}
