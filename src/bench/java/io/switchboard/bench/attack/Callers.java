package io.switchboard.bench.attack;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.contestant.Loopback;
import io.switchboard.bench.load.HttpResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * HTTP connections that send one request, and the same again as soon as they have the response. A
 * peer in this process may echo what it receives. Only one thread uses the callers.
 */
final class Callers implements AutoCloseable {
    private static final int HTTP_OK = 200;

    private final Selector selector = Selector.open();
    private final ByteBuffer echoed = ByteBuffer.allocateDirect(64 * 1024);
    private final Target target;
    private final byte[] request;
    private long answers;
    private long otherResponses;
    private int lost;

    Callers(Target target, byte[] request) throws IOException {
        this.target = target;
        this.request = request;
    }

    /** Lets a peer, which is connected, echo what it receives. Its key has no attachment. */
    void echo(SocketChannel peer) throws IOException {
        peer.configureBlocking(false);
        peer.register(selector, SelectionKey.OP_READ);
    }

    /** Runs so many callers for a time, and returns what they achieved. */
    Outcome run(int callers, Duration time) throws IOException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        for (int caller = 0; caller < callers; caller++) {
            connect(caller);
            selector.selectNow(this::ready);
        }
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            selector.select(this::ready, Math.max(1, left / 1_000_000));
        }
        double rate = answers / ((System.nanoTime() - start) / 1e9);
        String text =
                "%,.0f answers/s, %,d other responses, %,d callers lost"
                        .formatted(rate, otherResponses, lost);
        return new Outcome(text, rate);
    }

    private void connect(int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress(Crowd.source(number), 0));
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        boolean connected = channel.connect(Loopback.server(target.httpPort()));
        HttpResponse response = new HttpResponse();
        channel.register(
                selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, response);
        if (connected) {
            ask(channel);
        }
    }

    /** A request is smaller than the send buffer, so that one write takes all of it. */
    private void ask(SocketChannel caller) throws IOException {
        caller.write(ByteBuffer.wrap(request));
    }

    private void ready(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        HttpResponse response = (HttpResponse) key.attachment();
        try {
            if (response == null) {
                echoOnce(channel);
            } else if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                ask(channel);
            } else if (response.readFrom(channel, "the server")) {
                response.reset();
                count(response.status());
                ask(channel);
            }
        } catch (IOException | BenchException e) {
            lost++;
            key.cancel();
        }
    }

    private void count(int status) {
        if (status == HTTP_OK) {
            answers++;
        } else {
            otherResponses++;
        }
    }

    private void echoOnce(SocketChannel peer) throws IOException {
        echoed.clear();
        if (peer.read(echoed) < 0) {
            throw new IOException("the server closed the peer");
        }
        echoed.flip();
        while (echoed.hasRemaining()) {
            peer.write(echoed);
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
