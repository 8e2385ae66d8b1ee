package io.switchboard.receive;

import org.jspecify.annotations.Nullable;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;

/**
 * The message of a frame that an event loop delivers. It carries the batch to which {@link
 * MessageReceiver} adds the frame, so that the receiver needs no header. A message that Spring
 * Integration makes of it has only the headers, and is processed on its own.
 */
public final class ReceivedFrame extends GenericMessage<byte[]> {
    private static final long serialVersionUID = 1;

    private final transient @Nullable MessageBatch batch;

    public ReceivedFrame(byte[] payload, MessageHeaders headers, MessageBatch batch) {
        super(payload, headers);
        this.batch = batch;
    }

    /** Returns the batch; null if the message has been serialized. */
    @Nullable MessageBatch batch() {
        return batch;
    }
}
