package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A connection that posts lines which count from where its peers' last one ended. */
final class Sender implements AutoCloseable {
    private final Http http;
    private final int index;
    private final byte[] request;
    private final int lineAt;
    private final ByteBuffer buffer;
    private int number;

    private Sender(Http http, int index, int number, byte[] request) {
        this.http = http;
        this.index = index;
        this.number = number;
        this.request = request;
        this.lineAt = new String(request, ISO_8859_1).indexOf(payload(index));
        this.buffer = ByteBuffer.wrap(request);
    }

    /**
     * @param heardBy one of those that hear it; what it heard from this sender so far is where the
     *     numbers go on
     * @param query of {@code /send}
     */
    static Sender raw(Loop loop, Contestant contestant, int index, Peer heardBy, String query) {
        byte[] request =
                Http.request(contestant, "POST", "/send?" + query, "text/plain", payload(index));
        return new Sender(Http.connect(loop, contestant), index, heardBy.nextOf(index), request);
    }

    /** The same with everything in a JSON object. */
    static Sender json(Loop loop, Contestant contestant, int index, Peer heardBy, String to) {
        String body = "{\"to\":\"%s\",\"text\":\"%s\"}".formatted(to, payload(index));
        byte[] request = Http.request(contestant, "POST", "/send", "application/json", body);
        return new Sender(Http.connect(loop, contestant), index, heardBy.nextOf(index), request);
    }

    private static String payload(int index) {
        byte[] line = new byte[Lines.LENGTH];
        Lines.write(line, 0, index, 0);
        return new String(line, 0, Lines.PAYLOAD, ISO_8859_1);
    }

    /** Posts the next line. Its answer must have come before the one after it. */
    void post(Http.Answered then) throws IOException {
        Lines.renumber(request, lineAt, index, number++);
        http.send(buffer.clear(), then);
    }

    int index() {
        return index;
    }

    /** The number of the next line. */
    int number() {
        return number;
    }

    @Override
    public void close() {
        http.close();
    }
}
