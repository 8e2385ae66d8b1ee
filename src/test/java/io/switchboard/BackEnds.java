package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
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

/** An HTTP server that hears of events: each path is a back end, which the test lets answer. */
final class BackEnds implements AutoCloseable {
    private static final int NO_CONTENT = 204;

    /**
     * A post that has come.
     *
     * @param body as it came
     */
    record Post(Map<String, List<String>> headers, String body) {

        JsonNode event() {
            return JsonMapper.shared().readTree(body);
        }

        String type() {
            return event().get("type").asString();
        }

        String peer() {
            return event().get("peer").get("id").asString();
        }

        String text() {
            return event().get("text").asString();
        }

        String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }

        boolean isMessage() {
            return type().equals("message");
        }
    }

    /** What a back end does with a post; may block. */
    @FunctionalInterface
    interface Answering {
        void answer(Post post, Reply reply) throws Exception;
    }

    /** How it answers; without a word it is 204. */
    static final class Reply {
        private final HttpExchange exchange;
        private int status = NO_CONTENT;
        private byte[] body = {};

        private Reply(HttpExchange exchange) {
            this.exchange = exchange;
        }

        Reply status(int code) {
            status = code;
            return this;
        }

        Reply header(String name, String value) {
            exchange.getResponseHeaders().set(name, value);
            return this;
        }

        void body(String text) {
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
    private final Map<String, Answering> answering = new ConcurrentHashMap<>();
    private final Set<String> forgetful = ConcurrentHashMap.newKeySet();
    private final Map<String, List<Post>> posts = new ConcurrentHashMap<>();

    BackEnds() throws IOException {
        server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
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
            answering.getOrDefault(path, (_, _) -> {}).answer(post, reply);
        } catch (Exception e) {
            reply.status(500);
        }
        if (!forgetful.contains(path)) {
            at(path).add(post);
        }
        reply.send();
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** From now on this back end does so; what it was posted before is forgotten. */
    void on(String path, Answering how) {
        answering.put(path, how);
        at(path).clear();
    }

    /** The same, and what it is posted is not kept. */
    void onForgetful(String path, Answering how) {
        forgetful.add(path);
        on(path, how);
    }

    /** The posts that a back end has answered, in that order. */
    List<Post> at(String path) {
        return posts.computeIfAbsent(path, _ -> new CopyOnWriteArrayList<>());
    }

    /** The same of one peer. */
    List<Post> at(String path, String peer) {
        return at(path).stream().filter(post -> post.peer().equals(peer)).toList();
    }

    /** Waits until so many posts about a peer have been answered. */
    List<Post> await(String path, String peer, int count) {
        Awaitility.await(count + " posts of " + peer)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(30))
                .until(() -> at(path, peer).size() >= count);
        return at(path, peer);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
