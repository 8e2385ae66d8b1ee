package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP server that receives webhook posts. Each path is a back end with its own behaviour. A
 * test that shares its service with others does not close it: if the test fails, it runs again with
 * that service, which still posts to it.
 */
public final class BackEnds implements AutoCloseable {
    private static final int NO_CONTENT = 204;

    /**
     * A received post.
     *
     * @param body the body as received
     */
    public record Post(Map<String, List<String>> headers, String body) {

        public JsonNode event() {
            return JsonMapper.shared().readTree(body);
        }

        public String type() {
            return event().get("type").asString();
        }

        String peer() {
            return event().at("/peer/id").asString("");
        }

        public String text() {
            return event().get("text").asString();
        }

        public String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }

        public boolean isMessage() {
            return type().equals("message");
        }
    }

    /** The behaviour of a back end: handles a post on a virtual thread, and may block. */
    @FunctionalInterface
    public interface Behaviour {
        void answer(Post post, Reply reply) throws Exception;
    }

    /** The response to a post. The default is 204 without a body. */
    public static final class Reply {
        private final HttpExchange exchange;
        private int status = NO_CONTENT;
        private byte[] body = {};

        private Reply(HttpExchange exchange) {
            this.exchange = exchange;
        }

        public Reply status(int code) {
            status = code;
            return this;
        }

        public Reply header(String name, String value) {
            exchange.getResponseHeaders().set(name, value);
            return this;
        }

        public void body(String text) {
            body = text.getBytes(UTF_8);
        }

        private void send() throws IOException {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        }
    }

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final Set<String> unrecorded = ConcurrentHashMap.newKeySet();
    private final Map<String, List<Post>> posts = new ConcurrentHashMap<>();

    /** Starts the server on a free port. */
    public BackEnds() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Post post =
                new Post(
                        Map.copyOf(exchange.getRequestHeaders()),
                        new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        Reply reply = new Reply(exchange);
        try {
            behaviours.getOrDefault(path, (_, _) -> {}).answer(post, reply);
        } catch (Exception e) {
            reply.status(500);
        }
        if (!unrecorded.contains(path)) {
            at(path).add(post);
        }
        reply.send();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** Sets the behaviour of a back end, and discards the posts recorded before. */
    public void on(String path, Behaviour behaviour) {
        behaviours.put(path, behaviour);
        at(path).clear();
    }

    /** Sets the behaviour of a back end whose posts are not recorded. */
    public void onUnrecorded(String path, Behaviour behaviour) {
        unrecorded.add(path);
        on(path, behaviour);
    }

    /** Returns the posts that a back end has handled, in the order in which it finished them. */
    public List<Post> at(String path) {
        return posts.computeIfAbsent(path, _ -> new CopyOnWriteArrayList<>());
    }

    /** Returns the posts about one peer that a back end has handled. */
    public List<Post> at(String path, String peer) {
        return at(path).stream().filter(post -> post.peer().equals(peer)).toList();
    }

    /** Waits until {@code count} posts about a peer have been handled, and returns all of them. */
    public List<Post> await(String path, String peer, int count) {
        Awaitility.await(count + " posts of " + peer)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> at(path, peer).size() >= count);
        return at(path, peer);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
