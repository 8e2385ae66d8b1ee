package io.switchboard.transport.tls;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that connects at a constant rate, sends a ClientHello on each connection, and closes it
 * without reading, at once or when it has opened a number of others. At the end it prints {@code
 * flooded N}.
 */
final class HelloFlood {
    private static final Logger log = LoggerFactory.getLogger(HelloFlood.class);

    /** A full backlog delays connects; the others continue at the rate meanwhile. */
    private static final int THREADS = 4;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private HelloFlood() {}

    public static void main(String[] args) throws Exception {
        InetSocketAddress service =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        long interval = SECOND * THREADS / Integer.parseInt(args[1]);
        long duration = SECOND * Integer.parseInt(args[2]);
        int held = Integer.parseInt(args[3]) / THREADS;
        byte[] hello = clientHello();
        LongAdder connections = new LongAdder();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] =
                    Thread.ofPlatform()
                            .start(
                                    () ->
                                            flood(
                                                    service,
                                                    hello,
                                                    held,
                                                    interval,
                                                    duration,
                                                    connections));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("flooded " + connections.sum());
    }

    private static void flood(
            InetSocketAddress service,
            byte[] hello,
            int held,
            long interval,
            long duration,
            LongAdder connections) {
        long start = System.nanoTime();
        Queue<SocketChannel> open = new ArrayDeque<>();
        for (long due = 0; due < duration; due += interval) {
            LockSupport.parkNanos(start + due - System.nanoTime());
            if (System.nanoTime() - start > duration) {
                break;
            }
            try {
                SocketChannel channel = SocketChannel.open(service);
                open.add(channel);
                channel.write(ByteBuffer.wrap(hello));
                connections.increment();
                if (open.size() > held) {
                    open.remove().close();
                }
            } catch (IOException e) {
                log.trace("refused or reset, and the rate stays the same", e);
            }
        }
        for (SocketChannel channel : open) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the first record of a TLS client. */
    static byte[] clientHello() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        byte[] bytes = new byte[record.flip().remaining()];
        record.get(bytes);
        return bytes;
    }

    /**
     * Starts the program in a separate JVM.
     *
     * @param held the number of connections that are open at a time
     */
    static Child start(int port, int perSecond, int seconds, int held) throws IOException {
        return Child.java(
                HelloFlood.class,
                Integer.toString(port),
                Integer.toString(perSecond),
                Integer.toString(seconds),
                Integer.toString(held));
    }
}
