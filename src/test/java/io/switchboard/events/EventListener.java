package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what a subscriber is told, as its feed does, on the test's thread. */
final class EventListener implements AutoCloseable {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(20);

    private final EventStreamSource supply;
    private final List<String> told = new ArrayList<>();
    private String id;
    private long waited;
    private boolean cut;

    EventListener(EventStreamSource supply) {
        this.supply = supply;
        this.id = "";
        take(new String(supply.opening(), UTF_8));
    }

    /** What a client would resume with. */
    String id() {
        return id;
    }

    boolean cut() {
        return cut;
    }

    /** From now on the client has kept the feed waiting for so much longer. */
    void slow(long nanos) {
        waited += nanos;
    }

    /** One page, which may be empty. */
    void read() {
        EventStreamSource.Page page = supply.read(waited);
        cut |= page.cut() != null;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        page.frames().forEach(bytes::writeBytes);
        take(bytes.toString(UTF_8));
    }

    /** The service stops here. */
    void end() {
        assertThat(supply.ended()).isTrue();
        take(new String(supply.ending(), UTF_8));
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
                    told.add(
                            data.get("node").asString()
                                    + " "
                                    + (type.equals("message")
                                            ? data.get("text").asString()
                                            : type + " of " + data.get("missed")));
                }
            }
        }
    }

    /** So many events or more, each as its node and what it says, or what is missing. */
    List<String> next(int count) {
        long end = System.nanoTime() + LONGEST;
        while (told.size() < count && System.nanoTime() < end) {
            read();
            if (told.size() < count) {
                supply.await(TimeUnit.SECONDS.toNanos(1));
            }
        }
        assertThat(told).hasSizeGreaterThanOrEqualTo(count);
        List<String> next = List.copyOf(told);
        told.clear();
        return next;
    }

    /** Reads for so long, and is told nothing. */
    void hearsNothing(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            read();
            supply.await(left);
        }
        assertThat(told).isEmpty();
    }

    @Override
    public void close() {
        supply.close();
    }
}
