package io.switchboard.kernel;

/**
 * How full the receive queue of a UDP socket is (SO_MEMINFO of socket(7)).
 *
 * @param waiting memory of the datagrams that have come and were not read, bytes
 * @param limit what they may take
 * @param dropped datagrams for which there was no room, since the socket was bound
 */
public record DatagramQueue(long waiting, long limit, long dropped) {}
