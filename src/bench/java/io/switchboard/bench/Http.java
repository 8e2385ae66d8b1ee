package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One keep-alive HTTP/1.1 connection, one request at a time. */
final class Http implements Loop.Handler, AutoCloseable {
    /** Called on the loop when an answer is complete. */
    interface Answered {
        void answered(HttpAnswer answer) throws IOException;
    }

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private final Loop loop;
    private final String contestant;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final HttpAnswer answer = new HttpAnswer();

    /** Set by whoever sends, before the request is written, and read when it is answered. */
    private volatile @Nullable Answered waiting;

    private ByteBuffer request = ByteBuffer.allocate(0);

    private Http(Loop loop, Contestant contestant) throws IOException {
        this.loop = loop;
        this.contestant = contestant.name();
        channel = SocketChannel.open(Loopback.port(contestant.httpPort()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = loop.register(channel, SelectionKey.OP_READ, this);
    }

    static Http connect(Loop loop, Contestant contestant) {
        return loop.call(() -> new Http(loop, contestant));
    }

    /** The bytes of a request to one that keeps nobody out; its body is what ends them. */
    static byte[] request(String method, String target, String contentType, String body) {
        return request("", method, target, contentType, body);
    }

    /** The bytes of a request; its body is what ends them. */
    static byte[] request(
            Contestant contestant, String method, String target, String contentType, String body) {
        return request(contestant.credentials(), method, target, contentType, body);
    }

    private static byte[] request(
            String credentials, String method, String target, String contentType, String body) {
        String text =
                "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(
                                method,
                                target,
                                credentials,
                                contentType,
                                body.getBytes(UTF_8).length,
                                body);
        return text.getBytes(UTF_8);
    }

    /** To one that keeps nobody out. */
    static byte[] get(String target) {
        return get("", target);
    }

    static byte[] get(Contestant contestant, String target) {
        return get(contestant.credentials(), target);
    }

    private static byte[] get(String credentials, String target) {
        return "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                .formatted(target, credentials)
                .getBytes(ISO_8859_1);
    }

    /** On the loop, or on a thread that sees to it that only one request is under way. */
    void send(ByteBuffer bytes, Answered then) throws IOException {
        waiting = then;
        request = bytes;
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            key.interestOpsOr(SelectionKey.OP_WRITE);
            loop.wakeup();
        }
    }

    /** Sends and waits; for what is not measured. From any thread but the loop. */
    HttpAnswer exchange(byte[] bytes) {
        CompletableFuture<HttpAnswer> result = new CompletableFuture<>();
        loop.call(
                () -> {
                    send(ByteBuffer.wrap(bytes), given -> result.complete(given.copy()));
                    return true;
                });
        return loop.await(result, LONGEST_ANSWER, () -> "an answer of " + contestant);
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isWritable()) {
            channel.write(request);
            if (!request.hasRemaining()) {
                ready.interestOps(SelectionKey.OP_READ);
            }
        }
        if (ready.isReadable() && answer.readFrom(channel, contestant)) {
            Answered then = waiting;
            if (then == null) {
                throw new Failed(contestant + " answered what nobody asked");
            }
            waiting = null;
            answer.reset();
            then.answered(answer);
        }
    }

    @Override
    public void close() {
        loop.call(
                () -> {
                    channel.close();
                    return true;
                });
    }
}
