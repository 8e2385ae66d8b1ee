package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads server-sent events as WHATWG HTML, section 9.2.6, specifies; a CR also ends a line. */
public final class EventReader implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** A dispatched event. */
    public record Sse(String id, String type, String data) {
        public JsonNode json() {
            return JsonMapper.shared().readTree(data);
        }

        /** Returns the payload of a message, and the type of any other event. */
        public String text() {
            JsonNode text = json().get("text");
            return text == null ? type : text.asString();
        }
    }

    private static final Sse END = new Sse("", "the end", "");

    private final InputStream body;
    private final BlockingQueue<Sse> events = new LinkedBlockingQueue<>();
    private final List<String> comments = new ArrayList<>();
    private volatile String lastId = "";

    private EventReader(InputStream body) {
        this.body = body;
    }

    /** Opens a stream; returns when the response headers have arrived. */
    public static EventReader open(Api api, String path) {
        return open(api, path, null);
    }

    public static EventReader open(Api api, String path, @Nullable String lastEventId) {
        HttpRequest.Builder request = api.request(path).GET();
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        try {
            HttpResponse<InputStream> response =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
            EventReader reader = new EventReader(response.body());
            Thread.ofVirtual().start(reader::run);
            return reader;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void run() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, UTF_8))) {
            String type = "";
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int colon = line.indexOf(':');
                String field = colon < 0 ? line : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
                switch (line.isEmpty() ? "dispatch" : field) {
                    case "dispatch" -> {
                        if (!data.isEmpty()) {
                            events.add(new Sse(lastId, type, data.toString()));
                        }
                        type = "";
                        data.setLength(0);
                    }
                    case "" -> comment(value);
                    case "id" -> lastId = value;
                    case "event" -> type = value;
                    case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                    default -> data.append("no such field: ").append(line);
                }
            }
        } catch (IOException e) {
            comment(e.toString());
        } finally {
            events.add(END);
        }
    }

    private synchronized void comment(String text) {
        comments.add(text);
    }

    public synchronized List<String> comments() {
        return List.copyOf(comments);
    }

    /** Returns the last event id, which a client sends to resume. */
    public String lastId() {
        return lastId;
    }

    /** Waits for the next event; fails if the stream ends before it. */
    public Sse next() throws InterruptedException {
        Sse event = events.poll(GeneralLimit.SECONDS, TimeUnit.SECONDS);
        assertThat(event).as("the next event").isNotNull().isNotEqualTo(END);
        return Objects.requireNonNull(event);
    }

    public List<Sse> next(int count) throws InterruptedException {
        List<Sse> next = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            next.add(next());
        }
        return next;
    }

    /** Returns the remaining events, after waiting until the service ends the stream. */
    public List<Sse> toEnd() throws InterruptedException {
        List<Sse> rest = new ArrayList<>();
        while (true) {
            Sse event = events.poll(GeneralLimit.SECONDS, TimeUnit.SECONDS);
            if (Objects.requireNonNull(event, "an event or the end of the stream").equals(END)) {
                return rest;
            }
            rest.add(event);
        }
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
