package io.switchboard.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.bench.contestant.Contestant;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An HTTP connection that posts numbered lines. The numbers continue after the last line that the
 * recipients received from the same sender index.
 */
public final class Sender implements AutoCloseable {
    private final HttpConnection http;
    private final int index;
    private final byte[] request;
    private final int payloadAt;
    private final ByteBuffer buffer;
    private int number;

    private Sender(HttpConnection http, int index, int number, byte[] request) {
        this.http = http;
        this.index = index;
        this.number = number;
        this.request = request;
        this.payloadAt = new String(request, ISO_8859_1).indexOf(payload(index));
        this.buffer = ByteBuffer.wrap(request);
    }

    /**
     * Creates a sender that posts plain text.
     *
     * @param recipient one of the peers that receive the lines; it determines the first number
     * @param query the query of {@code POST /send}
     */
    public static Sender raw(
            EventLoop loop, Contestant contestant, int index, Peer recipient, String query) {
        byte[] request =
                HttpConnection.request(
                        contestant, "POST", "/send?" + query, "text/plain", payload(index));
        return new Sender(
                HttpConnection.connect(loop, contestant),
                index,
                recipient.expectedNumber(index),
                request);
    }

    /** Creates a sender that posts JSON objects with the target and the text. */
    static Sender json(
            EventLoop loop, Contestant contestant, int index, Peer recipient, String to) {
        String body = "{\"to\":\"%s\",\"text\":\"%s\"}".formatted(to, payload(index));
        byte[] request =
                HttpConnection.request(contestant, "POST", "/send", "application/json", body);
        return new Sender(
                HttpConnection.connect(loop, contestant),
                index,
                recipient.expectedNumber(index),
                request);
    }

    private static String payload(int index) {
        byte[] line = new byte[NumberedLine.LENGTH];
        NumberedLine.write(line, 0, index, 0);
        return new String(line, 0, NumberedLine.PAYLOAD, ISO_8859_1);
    }

    /** Posts the next line. The caller waits for its response before it posts again. */
    void post(HttpConnection.ResponseHandler handler) throws IOException {
        NumberedLine.renumber(request, payloadAt, index, number++);
        http.send(buffer.clear(), handler);
    }

    int index() {
        return index;
    }

    /** Returns the number of the next line. */
    int number() {
        return number;
    }

    @Override
    public void close() {
        http.close();
    }
}
