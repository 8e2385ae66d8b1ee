package io.switchboard.load;

import io.switchboard.testkit.Child;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that floods a listener for some seconds. It prints {@code flooding} when it has begun
 * and {@code flooded N} at the end.
 */
final class Flood {
    private static final Logger log = LoggerFactory.getLogger(Flood.class);

    /** What the program does. */
    enum Kind {
        /** Each connection sends line feeds without pause: 65,536 empty frames in 64 KiB. */
        EMPTY_LINES,
        /** Each connection sends 65,536 line feeds once, all at the same time. */
        EMPTY_LINES_ONCE,
        /** Each connection sends the begin of a long frame, and stays. */
        UNFINISHED_FRAMES,
        /** Connects, sends the begin of a long frame and resets the connection, a second. */
        CONNECTS
    }

    private static final byte[] BURST = new byte[64 * 1024];
    private static final byte[] UNFINISHED = new byte[65_000];

    /** A source address has some 28,000 ports, in which closed connections stay for a minute. */
    private static final int SOURCES = 8;

    private Flood() {}

    /** Starts the program in a separate JVM; {@code size} is a number of connections. */
    static Child start(Kind kind, int port, int size, int seconds) throws IOException {
        return Child.java(
                Flood.class,
                kind.name(),
                Integer.toString(port),
                Integer.toString(size),
                Integer.toString(seconds));
    }

    public static void main(String[] args) throws IOException {
        Kind kind = Kind.valueOf(args[0].toUpperCase(Locale.ROOT));
        InetSocketAddress service =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
        int size = Integer.parseInt(args[2]);
        long nanos = TimeUnit.SECONDS.toNanos(Integer.parseInt(args[3]));
        Arrays.fill(BURST, (byte) '\n');
        Arrays.fill(UNFINISHED, (byte) 'x');
        long flooded =
                switch (kind) {
                    case EMPTY_LINES -> send(service, size, BURST, true, nanos);
                    case EMPTY_LINES_ONCE -> send(service, size, BURST, false, nanos);
                    case UNFINISHED_FRAMES -> send(service, size, UNFINISHED, false, nanos);
                    case CONNECTS -> connect(service, size, nanos);
                };
        System.out.println("flooded " + flooded);
    }

    /** Sends the bytes on all connections, once or again and again. */
    private static long send(
            InetSocketAddress service, int size, byte[] bytes, boolean again, long nanos)
            throws IOException {
        List<SocketChannel> channels = new ArrayList<>();
        List<ByteBuffer> rest = new ArrayList<>();
        for (int at = 0; at < size; at++) {
            channels.add(open(service, at));
            rest.add(ByteBuffer.wrap(bytes));
        }
        System.out.println("flooding");
        long sent = 0;
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            long before = sent;
            for (int at = 0; at < size; at++) {
                try {
                    sent += channels.get(at).write(rest.get(at));
                } catch (IOException e) {
                    log.trace("closed by the service", e);
                    channels.get(at).close();
                    channels.set(at, open(service, at));
                    rest.get(at).clear();
                }
                if (!rest.get(at).hasRemaining() && again) {
                    rest.get(at).clear();
                }
            }
            if (sent == before) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
        for (SocketChannel each : channels) {
            each.close();
        }
        return sent;
    }

    private static long connect(InetSocketAddress service, int perSecond, long nanos)
            throws IOException {
        System.out.println("flooding");
        long start = System.nanoTime();
        long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
        int connects = 0;
        while (System.nanoTime() - start < nanos) {
            LockSupport.parkNanos(start + connects * interval - System.nanoTime());
            try (SocketChannel channel = open(service, connects)) {
                channel.write(ByteBuffer.wrap(UNFINISHED));
            } catch (IOException e) {
                log.trace("refused or reset", e);
            }
            connects++;
        }
        return connects;
    }

    /** Opens a connection that a close resets, so that its port is free again. */
    private static SocketChannel open(InetSocketAddress service, int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.bind(
                new InetSocketAddress(
                        InetAddress.ofLiteral("127.0.0." + (2 + number % SOURCES)), 0));
        channel.connect(service);
        channel.configureBlocking(false);
        return channel;
    }
}
