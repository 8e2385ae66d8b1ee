package io.switchboard.web.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection on which nobody waits who must not. A thread that {@link
 * RequestThreads#mayWait may not wait} finds nothing more to read and writes without end; what the
 * kernel does not take then, since the client does not read its answers, is kept and goes out
 * before anything else, as with the bytes of TLS that {@link NioChannel} knows.
 *
 * <p>The lock of the connection's {@link NioSocketWrapper} guards what is kept.
 */
final class HttpChannel extends NioChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final RequestThreads threads;

    /** Whether something was written since the request, by whatever thread. */
    private volatile boolean answering;

    /** What is kept, from position to limit; null for nothing. */
    private @Nullable ByteBuffer kept;

    HttpChannel(SocketBufferHandler buffers, RequestThreads threads) {
        super(buffers);
        this.threads = threads;
    }

    @Override
    public void reset(@Nullable SocketChannel channel, @Nullable NioSocketWrapper wrapper)
            throws IOException {
        super.reset(channel, wrapper);
        kept = null;
    }

    /** A request is about to be answered by a thread that may not wait. */
    void begin() {
        answering = false;
    }

    /**
     * {@inheritDoc}
     *
     * <p>0 for who may not wait: the selector tells of the next request, and read(2) would only say
     * that there is none.
     *
     * @throws IOException who may not wait wants more of a request that seemed to be there
     */
    @Override
    public int read(ByteBuffer to) throws IOException {
        if (threads.mayWait()) {
            return super.read(to);
        }
        if (!answering) {
            throw new IOException("the request is not as whole as it seemed");
        }
        return 0;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        answering = true;
        if (!threads.mayWait()) {
            int count = from.remaining();
            if (kept == null) {
                super.write(from);
            }
            keep(from);
            return count;
        }
        if (kept != null) {
            super.write(kept);
            if (kept.hasRemaining()) {
                return 0;
            }
            kept = null;
        }
        return super.write(from);
    }

    private void keep(ByteBuffer from) {
        if (!from.hasRemaining()) {
            return;
        }
        ByteBuffer before = kept == null ? NOTHING : kept;
        kept =
                ByteBuffer.allocate(before.remaining() + from.remaining())
                        .put(before)
                        .put(from)
                        .flip();
    }

    /** Whether something is kept. */
    boolean keeps() {
        return kept != null;
    }

    /** Bytes that are kept; 0 for who may not wait for them. */
    @Override
    public int getOutboundRemaining() {
        return kept == null || !threads.mayWait() ? 0 : kept.remaining();
    }
}
