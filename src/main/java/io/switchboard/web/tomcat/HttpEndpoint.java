package io.switchboard.web.tomcat;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's endpoint, whose poller answers small messages itself when several come at a time.
 *
 * <p>Tomcat has one thread, its poller, wait for all connections and others answer. To hand a
 * request over and its connection back takes two wake-ups, two epoll_ctl(2), a write to an eventfd
 * and the switches between the threads, as much again as a {@code POST /send} itself. The poller
 * does without all of it. It must wait for nobody then, so it takes only what {@link SmallSend}
 * says can be read without, {@link HttpChannel} does not let it wait for a client, and whoever
 * answers goes on elsewhere where {@link RequestThreads#mayWait} says no.
 *
 * <p>Where there are more than two processors, they would be idle beside it; and a request that
 * comes alone is answered sooner by a thread that waits on the client's processor than by one that
 * another has to wake. These are handed over as ever.
 */
final class HttpEndpoint extends NioEndpoint {
    /** After several came at a time, so many that come alone are still answered by the poller. */
    private static final int STILL = 16;

    private final boolean fewProcessors;
    private volatile @Nullable RequestThreads threads;

    /** Only the poller asks. */
    private int still;

    /**
     * @param fewProcessors whether one that answers leaves none idle that could
     */
    HttpEndpoint(boolean fewProcessors) {
        this.fewProcessors = fewProcessors;
    }

    @Override
    public void setExecutor(Executor executor) {
        super.setExecutor(executor);
        threads = executor instanceof RequestThreads own ? own : null;
    }

    @Override
    protected NioChannel createChannel(SocketBufferHandler buffers) {
        RequestThreads own = threads;
        return own == null || isSSLEnabled()
                ? super.createChannel(buffers)
                : new HttpChannel(buffers, own);
    }

    @Override
    public boolean processSocket(
            SocketWrapperBase<NioChannel> connection, SocketEvent event, boolean dispatch) {
        RequestThreads own = threads;
        if (own != null
                && fewProcessors
                && dispatch
                && event == SocketEvent.OPEN_READ
                && connection.getSocket() instanceof HttpChannel channel
                && isPoller()
                && isOneOfSeveral()
                && connection.getLock().tryLock()) {
            try {
                if (hasSmallSend(connection, channel)) {
                    channel.begin();
                    own.executeAtOnce(() -> super.processSocket(connection, event, false));
                    if (channel.keeps()) {
                        own.execute(() -> flush(connection));
                    }
                    return true;
                }
            } finally {
                connection.getLock().unlock();
            }
        }
        return super.processSocket(connection, event, dispatch);
    }

    private boolean isPoller() {
        return Thread.currentThread().getName().endsWith("-Poller");
    }

    /** Whether others are ready as well, or were a short time ago. */
    private boolean isOneOfSeveral() {
        if (getPoller().getSelector().selectedKeys().isEmpty()) {
            still = Math.max(still - 1, 0);
        } else {
            still = STILL;
        }
        return still > 0;
    }

    /** Reads what is there, for whoever reads next. */
    private static boolean hasSmallSend(
            SocketWrapperBase<NioChannel> connection, HttpChannel channel) {
        try {
            if (connection.isClosed()
                    || connection.getCurrentProcessor() != null // has the beginning of a request
                    || channel.keeps()
                    || !connection.isReadyForRead()) {
                return false;
            }
        } catch (IOException _) {
            return false; // whoever reads next finds it too
        }
        SocketBufferHandler buffers = connection.getSocketBufferHandler();
        buffers.configureReadBufferForRead();
        return SmallSend.is(buffers.getReadBuffer());
    }

    /** Waits for a client that does not read its answers, up to Tomcat's time-out. */
    private static void flush(SocketWrapperBase<NioChannel> connection) {
        connection.getLock().lock();
        try {
            connection.flush(true);
        } catch (IOException _) {
            connection.close();
        } finally {
            connection.getLock().unlock();
        }
    }
}
