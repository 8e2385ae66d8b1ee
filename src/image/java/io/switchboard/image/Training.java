package io.switchboard.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The training run of the AOT cache: starts the service, uses it as devices and back ends do, and
 * stops it with SIGTERM. The build of the image runs it, with a command whose JVM writes the cache
 * when it ends. The cache then has the classes that serve traffic and the profiles of their methods
 * (JEP 515), with which the JIT compilers begin at the next start.
 *
 * <p>It needs only a JRE. Each step has a deadline. If a step fails, the exit code is 1, and the
 * output says which step, why, and the last lines of the service.
 *
 * <p>Arguments: the number of requests, and the command that starts the service.
 */
final class Training implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration TRAFFIC = Duration.ofMinutes(10);
    private static final Duration ANSWER = Duration.ofMinutes(1);

    /**
     * The JVM writes the cache at its end, which takes longer than the traffic on a busy machine.
     */
    private static final Duration STOP = Duration.ofMinutes(5);

    private static final int PEERS = 20;
    private static final int BACK_ENDS = 4;
    private static final int LAST_LINES = 40;

    private static final Pattern LISTENER = Pattern.compile("ready: nc 127\\.0\\.0\\.1 (\\d+) ");
    private static final Pattern HTTP = Pattern.compile("look: .* curl localhost:(\\d+)/peers");
    private static final Pattern PEER = Pattern.compile("\"id\":\"([^\"]+)\"");

    /** The service was not as expected; the message is for people. */
    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1;

        Failure(String message) {
            super(message);
        }
    }

    private final Process service;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(ANSWER)
                    .build();

    private final CompletableFuture<Integer> listener = new CompletableFuture<>();
    private final CompletableFuture<Integer> http = new CompletableFuture<>();
    private final int requests;
    private final AtomicInteger answered = new AtomicInteger();

    /** The last lines of the service. It is its own lock. */
    private final Deque<String> lines = new ArrayDeque<>();

    private Training(int requests, List<String> command) throws IOException {
        this.requests = requests;
        List<String> started = new ArrayList<>(command);
        started.addAll(
                List.of(
                        "--server.port=0",
                        "--switchboard.listeners.default.port=0",
                        "--switchboard.drain.delay=0s"));
        service = new ProcessBuilder(started).redirectErrorStream(true).start();
        Thread.ofPlatform().daemon().name("output").start(this::collect);
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || !arguments[0].matches("[1-9]\\d{0,6}")) {
            System.err.println("arguments: REQUESTS COMMAND..., such as 20000 java -jar app.jar");
            System.exit(2);
        }
        int requests = Integer.parseInt(arguments[0]);
        List<String> command = Arrays.asList(arguments).subList(1, arguments.length);
        int status = 0;
        try (Training training = new Training(requests, command)) {
            try {
                training.run();
            } catch (Failure | IOException e) {
                System.err.println("training: " + e.getMessage());
                System.err.println(training.lastLines());
                status = 1;
            }
        }
        System.exit(status);
    }

    private void run() throws Failure, IOException, InterruptedException {
        long began = System.nanoTime();
        int port = await("the start", listener, START);
        await("the start", http, START);
        System.out.printf("training: started after %d ms%n", millisSince(began));
        began = System.nanoTime();
        try {
            subscribe();
            for (int each = 0; each < PEERS; each++) {
                bePeer(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            List<Future<?>> backEnds = new ArrayList<>();
            for (int each = 0; each < BACK_ENDS; each++) {
                backEnds.add(
                        threads.submit(
                                () -> {
                                    beBackEnd(port);
                                    return null;
                                }));
            }
            for (Future<?> each : backEnds) {
                await("the traffic", each, TRAFFIC);
            }
        } finally {
            service.toHandle().destroy(); // SIGTERM; Process.destroy would close the output too
        }
        System.out.printf("training: %d requests in %d ms%n", answered.get(), millisSince(began));
        began = System.nanoTime();
        if (!service.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
            throw new Failure("the service did not end within %s of SIGTERM".formatted(STOP));
        }
        int status = service.exitValue();
        if (status != 0 && status != 143) {
            throw new Failure("the service ended with exit code " + status);
        }
        System.out.printf("training: the service ended after %d ms%n", millisSince(began));
    }

    private static long millisSince(long nanoTime) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanoTime);
    }

    private static <T> T await(String step, Future<T> result, Duration limit)
            throws Failure, InterruptedException {
        try {
            return result.get(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new Failure(step + " failed: " + e.getCause());
        } catch (TimeoutException e) {
            throw new Failure("%s took longer than %d s".formatted(step, limit.toSeconds()));
        }
    }

    /**
     * Keeps the last lines of the service, finds its ports in them, and prints those of the cache.
     */
    private void collect() {
        try (BufferedReader output = service.inputReader(UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.addLast(line);
                    if (lines.size() > LAST_LINES) {
                        lines.removeFirst();
                    }
                }
                if (line.contains("AOT")) {
                    System.out.println(line);
                }
                complete(listener, LISTENER.matcher(line));
                complete(http, HTTP.matcher(line));
            }
        } catch (IOException e) {
            synchronized (lines) {
                lines.addLast("reading the output of the service failed: " + e);
            }
        }
        IOException ended = new IOException("the service has ended");
        listener.completeExceptionally(ended);
        http.completeExceptionally(ended);
    }

    private static void complete(CompletableFuture<Integer> port, Matcher found) {
        if (found.find()) {
            port.complete(Integer.valueOf(found.group(1)));
        }
    }

    private String lastLines() {
        synchronized (lines) {
            return lines.stream().map(each -> "    " + each).collect(Collectors.joining("\n"));
        }
    }

    /**
     * Sends a line every few milliseconds until the traffic ends, and answers the lines that ask.
     */
    private void bePeer(Socket socket) throws IOException {
        OutputStream out = socket.getOutputStream();
        threads.submit(
                () -> {
                    for (int line = 0; answered.get() < requests; line++) {
                        write(out, "reading " + line + " temperature 21.5");
                        Thread.sleep(5); // the interval of a busy device
                    }
                    return null;
                });
        threads.submit(
                () -> {
                    try (BufferedReader in =
                            new BufferedReader(
                                    new InputStreamReader(socket.getInputStream(), UTF_8))) {
                        // until the service closes the connection
                        for (String line = in.readLine(); line != null; line = in.readLine()) {
                            if (line.startsWith("ask")) {
                                write(out, "21.5");
                            }
                        }
                    }
                    return null;
                });
    }

    private static void write(OutputStream out, String line) throws IOException {
        synchronized (out) {
            out.write((line + "\n").getBytes(US_ASCII));
        }
    }

    /** Reads the stream of events until the service ends. */
    private void subscribe() {
        HttpRequest events = HttpRequest.newBuilder(uri("/events")).build();
        threads.submit(
                () ->
                        client.send(events, BodyHandlers.ofLines())
                                .body()
                                .mapToInt(String::length)
                                .sum());
    }

    /**
     * Uses the API until all requests are answered: mostly sends to one peer, as most back ends do.
     */
    private void beBackEnd(int port) throws Failure, IOException, InterruptedException {
        for (int round = 0; answered.get() < requests; round++) {
            // the oldest, so none of the visitors, which are closed soon
            List<String> peers =
                    PEER.matcher(get("/peers?sort=connectedAt&limit=" + PEERS))
                            .results()
                            .map(each -> each.group(1))
                            .toList();
            if (peers.isEmpty()) {
                throw new Failure("GET /peers lists no peers");
            }
            for (String peer : peers) {
                if (answered.get() >= requests) {
                    return;
                }
                for (int each = 0; each < 10; each++) {
                    post("/send?to=" + peer, "text/plain", "valve " + each + " open");
                }
                post("/send", "application/json", "{\"to\":\"" + peer + "\",\"text\":\"open\"}");
                post("/send?to=" + peer + "&wait=reply&timeout=20s", "text/plain", "ask");
                post("/send?to=" + peer + "&wait=acked&timeout=20s", "text/plain", "close");
                get("/peers/" + peer);
                get("/peers/" + peer + "/messages?limit=10");
            }
            post("/send?to=all", "text/plain", "good morning");
            post("/send?to=all&results=all", "text/plain", "good morning");
            try (Socket visitor = new Socket(InetAddress.getLoopbackAddress(), port)) {
                write(visitor.getOutputStream(), "hello");
            }
            get("/actuator/health");
            get("/listeners");
            if (round % 10 == 0) {
                get("/actuator/prometheus");
                get("/");
            }
        }
    }

    private String get(String path) throws Failure, IOException, InterruptedException {
        return answer("GET " + path, HttpRequest.newBuilder(uri(path)));
    }

    private void post(String path, String type, String body)
            throws Failure, IOException, InterruptedException {
        answer(
                "POST " + path,
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    private String answer(String what, HttpRequest.Builder request)
            throws Failure, IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(request.timeout(ANSWER).build(), BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new Failure(
                    "%s: the answer is %d %s"
                            .formatted(what, response.statusCode(), response.body()));
        }
        answered.incrementAndGet();
        return response.body();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + http.join() + path);
    }

    /** Kills the service if it still runs. */
    @Override
    public void close() {
        service.descendants().forEach(ProcessHandle::destroyForcibly);
        service.destroyForcibly();
        threads.shutdownNow();
    }
}
