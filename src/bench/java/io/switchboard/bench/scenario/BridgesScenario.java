package io.switchboard.bench.scenario;

import com.sun.net.httpserver.HttpServer;
import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.KafkaMessages;
import io.switchboard.bench.contestant.MessageBroker;
import io.switchboard.bench.contestant.MqttMessages;
import io.switchboard.bench.contestant.Redis;
import io.switchboard.bench.contestant.RedisMessages;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.Flood;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.NumberedLine;
import io.switchboard.bench.load.Peer;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bridges: how many events a second each broker gets from peers that send as fast as they are read,
 * and how many sends a second from each broker reach the peers. A webhook and {@code POST /send}
 * are measured in the same way.
 */
final class BridgesScenario implements Scenario {
    private static final int PEERS = 64;
    private static final int HTTP_CONNECTIONS = 16;
    private static final String WEBHOOK = "webhook";

    /** The number of records that wait for the service at most. */
    private static final int AHEAD = 20_000;

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(5);

    private static Measure eventsTo(String name) {
        return Measure.more(
                "bridges.events." + name,
                "events to %s: lines of %d B from %d peers".formatted(name, Flood.FRAME, PEERS),
                "/s");
    }

    private static Measure sendsFrom(String name) {
        return Measure.more(
                "bridges.sends." + name,
                "sends from %s of %d B to %d peers".formatted(name, NumberedLine.LENGTH, PEERS),
                "/s");
    }

    @Override
    public String name() {
        return "bridges";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(ScenarioContext context) {
        List<Supplier<MessageBroker>> brokers = new ArrayList<>();
        brokers.add(KafkaMessages::start);
        if (MqttMessages.isInstalled()) {
            brokers.add(() -> MqttMessages.start(context.settings()));
        } else {
            context.results().note("mosquitto is not installed, and MQTT was left out");
        }
        if (Redis.isInstalled()) {
            brokers.add(() -> RedisMessages.start(context.settings()));
        } else {
            context.results().note(Redis.PROGRAM + " is not installed, and was left out");
        }
        for (int round = 0; round < context.settings().rounds(); round++) {
            webhook(context);
            for (Supplier<MessageBroker> each : brokers) {
                try (MessageBroker broker = each.get()) {
                    bridge(context, broker);
                }
            }
        }
    }

    private static void webhook(ScenarioContext context) {
        context.progress("bridges: " + WEBHOOK);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            HttpServer receiver = receiver(threads);
            Switchboard server =
                    Switchboard.bounded(
                            context.settings(),
                            WEBHOOK,
                            List.of(
                                    "--switchboard.listeners.default.webhook.url=http://127.0.0.1:%d/"
                                            .formatted(receiver.getAddress().getPort()),
                                    "--switchboard.listeners.default.webhook.events=message"));
            try {
                server.start();
                try (Peers peers = context.connect(server, PEERS, PEERS)) {
                    List<String> ids = context.ids(server, peers);
                    try (Senders senders =
                            Senders.toOneEachInJson(
                                    context.loop(), server, peers, ids, HTTP_CONNECTIONS)) {
                        var _ =
                                ClosedLoop.toOne(
                                        context.loop(),
                                        peers,
                                        senders,
                                        context.settings().warmUp());
                        ClosedLoop.Result run =
                                ClosedLoop.toOne(
                                        context.loop(),
                                        peers,
                                        senders,
                                        context.settings().measured());
                        context.results()
                                .add(sendsFrom("HTTP"), Switchboard.NAME, run.messagesPerSecond());
                    }
                }
                context.awaitPeers(server, 0);
                events(
                        context,
                        server,
                        WEBHOOK,
                        "switchboard_webhook_posted_events_total\\{listener=\"default\"");
            } finally {
                server.stop();
                receiver.stop(0);
            }
        } catch (IOException e) {
            throw new BenchException(WEBHOOK + ": " + e, e);
        }
    }

    private static HttpServer receiver(ExecutorService threads) throws IOException {
        HttpServer receiver =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        receiver.setExecutor(threads);
        receiver.createContext(
                "/",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        receiver.start();
        return receiver;
    }

    private static void bridge(ScenarioContext context, MessageBroker broker) {
        context.progress("bridges: " + broker.name());
        List<String> arguments = new ArrayList<>(broker.arguments());
        arguments.add("--switchboard.bridges.bench.events-to=" + MessageBroker.EVENTS);
        arguments.add("--switchboard.bridges.bench.events=message");
        arguments.add("--switchboard.bridges.bench.sends-from=" + MessageBroker.SENDS);
        Switchboard server = Switchboard.bounded(context.settings(), broker.name(), arguments);
        try {
            server.start();
            sends(context, server, broker);
            events(
                    context,
                    server,
                    broker.name(),
                    "switchboard_bridge_posted_events_total\\{bridge=\"bench\"");
        } catch (IOException e) {
            throw new BenchException(broker.name() + ": " + e, e);
        } finally {
            server.stop();
        }
    }

    /** Measures how many events are complete in a second while the peers send without a pause. */
    private static void events(
            ScenarioContext context, Switchboard server, String name, String counter) {
        Pattern pattern = Pattern.compile("(?m)^" + counter + "[^}]*} (\\S+)$");
        try (Peers peers = context.connect(server, PEERS, 1)) {
            Flood flood = new Flood(PEERS, Flood.Framing.LINE, 1);
            context.loop()
                    .call(
                            () -> {
                                for (Peer peer : peers.list()) {
                                    peer.flood(flood, context.loop());
                                }
                                return true;
                            });
            Pause.of(context.settings().warmUp());
            long cpu = server.cpuNanos();
            long before = value(context, server, pattern);
            long start = System.nanoTime();
            Pause.of(context.settings().measured());
            long events = value(context, server, pattern) - before;
            long nanos = System.nanoTime() - start;
            cpu = server.cpuNanos() - cpu;
            if (events == 0) {
                throw new BenchException(name + " has got no event");
            }
            Measure measure = eventsTo(name);
            context.results().add(measure, Switchboard.NAME, events * 1e9 / nanos);
            context.results().addCpu(measure, Switchboard.NAME, cpu, events);
        }
    }

    /** Reads a metric over a new connection: the server soon closes one without a request. */
    private static long value(ScenarioContext context, Switchboard server, Pattern pattern) {
        try (HttpConnection http = HttpConnection.connect(context.loop(), server)) {
            HttpResponse response = http.exchange(HttpConnection.get(server, server.statsPath()));
            response.expect(server.name(), 200);
            Matcher found = pattern.matcher(response.body());
            if (!found.find()) {
                throw new BenchException("no " + pattern + " in " + server.statsPath());
            }
            return (long) Double.parseDouble(found.group(1));
        }
    }

    /** Measures how many sends of the broker reach the peers, which check every byte. */
    private static void sends(ScenarioContext context, Switchboard server, MessageBroker broker)
            throws IOException {
        try (Peers peers = context.connect(server, PEERS, 1)) {
            List<String> ids = context.ids(server, peers);
            AtomicLong published = new AtomicLong();
            AtomicLong received = new AtomicLong();
            AtomicBoolean stopped = new AtomicBoolean();
            CompletableFuture<Void> publisher =
                    CompletableFuture.runAsync(
                            () -> publish(broker, ids, published, received, stopped),
                            task -> Thread.ofPlatform().name("publisher").start(task));
            observe(context, peers, received, context.settings().warmUp());
            long cpu = server.cpuNanos();
            long before = received.get();
            long start = System.nanoTime();
            observe(context, peers, received, context.settings().measured());
            long sends = received.get() - before;
            long nanos = System.nanoTime() - start;
            cpu = server.cpuNanos() - cpu;
            stopped.set(true);
            publisher.join();
            awaitAll(context, peers, received, published.get(), broker.name());
            if (sends == 0) {
                throw new BenchException(broker.name() + ": no send has arrived in time");
            }
            Measure measure = sendsFrom(broker.name());
            context.results().add(measure, Switchboard.NAME, sends * 1e9 / nanos);
            context.results().addCpu(measure, Switchboard.NAME, cpu, sends);
        }
        context.awaitPeers(server, 0);
    }

    private static void publish(
            MessageBroker broker,
            List<String> ids,
            AtomicLong published,
            AtomicLong received,
            AtomicBoolean stopped) {
        byte[] line = new byte[NumberedLine.LENGTH];
        try {
            for (int number = 0; !stopped.get(); number++) {
                NumberedLine.write(line, 0, 0, number);
                String text = new String(line, 0, NumberedLine.PAYLOAD, StandardCharsets.US_ASCII);
                for (String id : ids) {
                    broker.publish(id, "{\"to\":\"%s\",\"text\":\"%s\"}".formatted(id, text));
                    published.incrementAndGet();
                }
                while (published.get() - received.get() > AHEAD && !stopped.get()) {
                    Pause.of(POLL);
                }
            }
        } catch (Exception e) {
            throw new BenchException(broker.name() + ": " + e, e);
        }
    }

    /** Notes the number of received lines again and again for some time. */
    private static void observe(
            ScenarioContext context, Peers peers, AtomicLong received, Duration time) {
        long start = System.nanoTime();
        do {
            Pause.of(POLL);
            received.set(context.loop().call(peers::lines));
        } while (System.nanoTime() - start < time.toNanos());
    }

    private static void awaitAll(
            ScenarioContext context, Peers peers, AtomicLong received, long count, String name) {
        long start = System.nanoTime();
        while (received.get() < count) {
            if (System.nanoTime() - start > TIMEOUT.toNanos()) {
                throw new BenchException(
                        "%s: %d of %d sends have arrived".formatted(name, received.get(), count));
            }
            observe(context, peers, received, POLL);
        }
    }
}
