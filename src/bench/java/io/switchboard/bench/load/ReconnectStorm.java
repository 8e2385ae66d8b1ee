package io.switchboard.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Loopback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Peers that connect at once, say their names and read what is stored for them. */
public final class ReconnectStorm {
    /** The number of simultaneous connection attempts. */
    private static final int CONNECTING = 200;

    private ReconnectStorm() {}

    /**
     * Connects the peers {@code name-0}, {@code name-1} and so on. Returns the nanoseconds from the
     * first connect until the last peer has read this many bytes.
     */
    public static long run(Contestant contestant, int peers, int bytes) {
        Semaphore connecting = new Semaphore(CONNECTING);
        List<SocketChannel> channels = new ArrayList<>();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<SocketChannel>> readers = new ArrayList<>();
            for (int at = 0; at < peers; at++) {
                int peer = at;
                readers.add(threads.submit(() -> read(contestant, peer, bytes, connecting)));
            }
            for (Future<SocketChannel> each : readers) {
                channels.add(each.get());
            }
            return System.nanoTime() - start;
        } catch (ExecutionException e) {
            throw new BenchException("a peer of the storm failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        } finally {
            channels.forEach(ReconnectStorm::close);
        }
    }

    private static SocketChannel read(
            Contestant contestant, int peer, int bytes, Semaphore connecting)
            throws IOException, InterruptedException {
        SocketChannel channel;
        connecting.acquire();
        try {
            channel = SocketChannel.open(Loopback.server(contestant.tcpPort()));
        } finally {
            connecting.release();
        }
        channel.write(ByteBuffer.wrap("id name-%d\n".formatted(peer).getBytes(US_ASCII)));
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining()) {
            if (channel.read(received) < 0) {
                throw new IOException("the stream ended after " + received);
            }
        }
        return channel;
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BenchException("a socket cannot be closed", e);
        }
    }
}
