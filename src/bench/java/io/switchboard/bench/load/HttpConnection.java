package io.switchboard.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Loopback;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A keep-alive HTTP/1.1 connection with at most one outstanding request. The event loop reads the
 * responses; another thread may write a request, see {@link #send}.
 */
public final class HttpConnection implements EventLoop.Handler, AutoCloseable {
    /** Called on the event loop when a response is complete. */
    interface ResponseHandler {
        /**
         * Receives the response.
         *
         * @param response valid only until this method returns
         */
        void onResponse(HttpResponse response) throws IOException;
    }

    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

    private final EventLoop loop;
    private final String contestant;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final HttpResponse response = new HttpResponse();

    /**
     * Handler of the outstanding request; null if there is none. The thread that sends sets it
     * before it writes the request, and the event loop reads it when the response is complete.
     */
    private volatile @Nullable ResponseHandler handler;

    private ByteBuffer request = ByteBuffer.allocate(0);

    private HttpConnection(EventLoop loop, Contestant contestant) throws IOException {
        this.loop = loop;
        this.contestant = contestant.name();
        channel = SocketChannel.open(Loopback.server(contestant.httpPort()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = loop.register(channel, SelectionKey.OP_READ, this);
    }

    public static HttpConnection connect(EventLoop loop, Contestant contestant) {
        return loop.call(() -> new HttpConnection(loop, contestant));
    }

    /** Returns the bytes of a request without credentials; the last bytes are the body. */
    public static byte[] request(String method, String target, String contentType, String body) {
        return request("", method, target, contentType, body);
    }

    /** Returns the bytes of a request with the contestant's credentials; the body is last. */
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

    /** Returns the bytes of a GET request without credentials. */
    public static byte[] get(String target) {
        return get("", target);
    }

    /** Returns the bytes of a GET request with the contestant's credentials. */
    public static byte[] get(Contestant contestant, String target) {
        return get(contestant.credentials(), target);
    }

    private static byte[] get(String credentials, String target) {
        return "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                .formatted(target, credentials)
                .getBytes(ISO_8859_1);
    }

    /**
     * Writes a request. The caller ensures that no other request is outstanding; it may be the
     * event loop or another thread.
     */
    void send(ByteBuffer bytes, ResponseHandler onResponse) throws IOException {
        handler = onResponse;
        request = bytes;
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            key.interestOpsOr(SelectionKey.OP_WRITE);
            loop.wakeup();
        }
    }

    /** Sends a request and returns a copy of the response. Must not be called on the event loop. */
    public HttpResponse exchange(byte[] bytes) {
        CompletableFuture<HttpResponse> result = new CompletableFuture<>();
        loop.call(
                () -> {
                    send(ByteBuffer.wrap(bytes), received -> result.complete(received.copy()));
                    return true;
                });
        return loop.await(result, RESPONSE_TIMEOUT, () -> "a response from " + contestant);
    }

    @Override
    public void onReady(SelectionKey selected) throws IOException {
        if (selected.isWritable()) {
            channel.write(request);
            if (!request.hasRemaining()) {
                selected.interestOps(SelectionKey.OP_READ);
            }
        }
        if (selected.isReadable() && response.readFrom(channel, contestant)) {
            ResponseHandler outstanding = handler;
            if (outstanding == null) {
                throw new BenchException(contestant + " sent a response without a request");
            }
            handler = null;
            response.reset();
            outstanding.onResponse(response);
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
