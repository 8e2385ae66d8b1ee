package io.switchboard.receive;

/**
 * One message that was sent to peers; their histories share it.
 *
 * @param delivery the id of the delivery, or that of the message if it is stored
 * @param nanos {@link System#nanoTime} at which the message was offered to the first peer
 * @param payload the content without framing; shared by all histories, which must not change it
 */
@SuppressWarnings("ArrayRecordComponent") // messages are not compared
public record SentMessage(String delivery, long nanos, byte[] payload) {}
