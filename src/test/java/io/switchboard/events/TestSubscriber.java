package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the event stream of a subscriber on the test's thread. */
final class TestSubscriber implements AutoCloseable {
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final EventStreamSource source;
    private final List<String> received = new ArrayList<>();
    private String id;
    private long waited;
    private boolean cut;

    TestSubscriber(EventStreamSource source) {
        this.source = source;
        this.id = "";
        take(new String(source.opening(), UTF_8));
    }

    /** Returns the last id, from which a client would resume. */
    String id() {
        return id;
    }

    boolean cut() {
        return cut;
    }

    /** Adds to the time for which writes have waited for the client. */
    void delay(long nanos) {
        waited += nanos;
    }

    /** Reads one page, which may be empty. */
    void read() {
        EventStreamSource.Page page = source.read(waited);
        cut |= page.cut() != null;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        page.frames().forEach(bytes::writeBytes);
        take(bytes.toString(UTF_8));
    }

    /** Reads the end of the stream of a node that is stopping. */
    void end() {
        assertThat(source.ended()).isTrue();
        take(new String(source.ending(), UTF_8));
    }

    private void take(String frames) {
        for (String frame : frames.split("\n\n", -1)) {
            String type = "";
            for (String line : frame.split("\n", -1)) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    JsonNode data = JsonMapper.shared().readTree(line.substring(6));
                    received.add(
                            data.get("node").asString()
                                    + " "
                                    + (type.equals("message")
                                            ? data.get("text").asString()
                                            : type + " of " + data.get("missed")));
                }
            }
        }
    }

    /**
     * Waits for at least this number of events. Returns each as its node and its text, or as its
     * node, its type and the number of missed events.
     */
    List<String> next(int count) {
        long end = System.nanoTime() + MAX_NANOS;
        while (received.size() < count && System.nanoTime() < end) {
            read();
            if (received.size() < count) {
                source.await(TimeUnit.SECONDS.toNanos(1));
            }
        }
        assertThat(received).hasSizeGreaterThanOrEqualTo(count);
        List<String> next = List.copyOf(received);
        received.clear();
        return next;
    }

    /** Reads for this time and checks that there is no event. */
    void assertNothingFor(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            read();
            source.await(left);
        }
        assertThat(received).isEmpty();
    }

    @Override
    public void close() {
        source.close();
    }
}
