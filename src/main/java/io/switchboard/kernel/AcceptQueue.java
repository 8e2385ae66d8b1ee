package io.switchboard.kernel;

/**
 * How full the queue of a listening socket is (listen(2)).
 *
 * @param waiting connections that are established and not accepted yet
 * @param limit as many may wait: the backlog asked for, or what net.core.somaxconn allows
 */
public record AcceptQueue(long waiting, long limit) {}
