package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer that records every received byte and replies to requests of the {@link Ledger}, until its
 * connection ends.
 */
public final class LedgerPeer implements AutoCloseable {
    private final RawClient client;
    private final String id;
    private final boolean harmless;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final Thread reader;

    /**
     * @param id the peer id
     * @param harmless whether the network delivers all bytes to it
     */
    public LedgerPeer(RawClient client, String id, boolean harmless) {
        this.client = client;
        this.id = id;
        this.harmless = harmless;
        this.reader = Thread.ofVirtual().name(id).start(this::read);
    }

    public String id() {
        return id;
    }

    public boolean harmless() {
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
                    if (lineBegins && buffer[i] == Ledger.REQUEST) {
                        client.send("yes\n");
                    }
                    lineBegins = buffer[i] == '\n';
                }
            }
        } catch (IOException e) {
            // the bytes received before that count
        }
    }

    /** Waits until the connection has ended. */
    public void awaitEnd() throws InterruptedException {
        reader.join();
    }

    /**
     * Returns the number of received bytes. Valid after {@link #awaitEnd}, as is {@link #lines}.
     */
    int bytes() {
        return received.size();
    }

    /** Returns the received lines; the last one is incomplete, or empty. */
    List<String> lines() {
        return new ArrayList<>(List.of(received.toString(UTF_8).split("(?<=\n)", -1)));
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
