package io.switchboard.transport.stream;

import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that will be no peer and is told why. What it still sends is read and dropped until
 * it ends its stream, or for a second: closing over unread bytes sends an RST, which would overtake
 * the last word.
 *
 * <p>Everything belongs to the loop's thread.
 */
final class Dismissal implements EventLoop.Handler {
    private static final Logger log = LoggerFactory.getLogger(Dismissal.class);
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Wire wire;
    private final SelectionKey key;
    private final EventLoop loop;
    private final Runnable gone;
    private final long until = System.nanoTime() + LINGER_NANOS;

    /**
     * @param gone called once, after the wire is closed
     */
    Dismissal(Wire wire, SelectionKey key, EventLoop loop, Runnable gone) {
        this.wire = wire;
        this.key = key;
        this.loop = loop;
        this.gone = gone;
    }

    /**
     * Says this and ends the stream. The kernel takes it at once: nothing was sent before.
     *
     * @throws IOException the client is gone; nothing was begun
     */
    void begin(byte[] lastWord) throws IOException {
        wire.write(ByteBuffer.wrap(lastWord));
        wire.shutdownOutput();
        key.attach(this);
        key.interestOps(SelectionKey.OP_READ);
    }

    @Override
    public void ready(SelectionKey selected) {
        try {
            if (loop.read(wire) < 0) {
                close();
            }
        } catch (IOException e) {
            log.trace("it has left", e);
            close();
        }
    }

    @Override
    public void sweep(long now) {
        if (now - until > 0) {
            close();
        }
    }

    /** It has no timer. */
    @Override
    public void due() {}

    @Override
    public void fault(Throwable cause) {
        log.error("a connection is closed after", cause);
        close();
    }

    private void close() {
        if (!wire.isOpen()) {
            return;
        }
        try {
            wire.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", wire.socket(), e.toString());
        }
        gone.run();
    }
}
