package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer that keeps every byte it is sent, and answers what asks it something, until its connection
 * ends in whatever way.
 */
final class LedgerPeer implements AutoCloseable {
    private final RawClient client;
    private final String id;
    private final boolean harmless;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final Thread reader;

    /**
     * @param id that the service has given it
     * @param harmless whether all that is sent to it arrives
     */
    LedgerPeer(RawClient client, String id, boolean harmless) {
        this.client = client;
        this.id = id;
        this.harmless = harmless;
        this.reader = Thread.ofVirtual().name(id).start(this::read);
    }

    String id() {
        return id;
    }

    boolean harmless() {
        return harmless;
    }

    private void read() {
        try {
            InputStream in = client.socket().getInputStream();
            byte[] buffer = new byte[8 * 1024];
            boolean lineBegins = true;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                received.write(buffer, 0, count);
                for (int i = 0; i < count; i++) {
                    if (lineBegins && buffer[i] == Ledger.QUESTION) {
                        client.send("yes\n");
                    }
                    lineBegins = buffer[i] == '\n';
                }
            }
        } catch (IOException e) {
            // what came before counts
        }
    }

    /** Waits until its connection has ended. */
    void awaitEnd() throws InterruptedException {
        reader.join();
    }

    /** How many bytes came. Call it after its end, as all below. */
    int bytes() {
        return received.size();
    }

    /** What came, line by line; the last may be cut short. */
    List<String> lines() {
        return new ArrayList<>(List.of(received.toString(UTF_8).split("(?<=\n)", -1)));
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
