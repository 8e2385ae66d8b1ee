package io.switchboard.node;

/**
 * What one node asks of another, as it arrives there.
 *
 * @param bytes as the {@link Operation} writes and reads them
 * @param asked when it was asked, at the latest, by the asked node's {@link System#nanoTime}
 */
@SuppressWarnings("ArrayRecordComponent") // requests are not compared
public record Request(byte[] bytes, long asked) {}
