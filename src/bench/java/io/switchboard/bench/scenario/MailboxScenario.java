package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.ReconnectStorm;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Stored messages with the embedded database: how fast they are stored, how fast they reach peers
 * that all come back at once, and whether live sends notice those that wait for others.
 */
final class MailboxScenario implements Scenario {
    private static final List<Integer> CONNECTIONS = List.of(1, 64);
    private static final List<Integer> STORMS = List.of(1_000, 10_000);
    private static final int PER_NAME = 1_000;
    private static final int PEERS = 64;
    private static final String TEXT = "twenty bytes of data";

    @Override
    public String name() {
        return "mailbox";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(ScenarioContext context) {
        Switchboard empty = server(context.settings(), Switchboard.NAME, "empty");
        Switchboard full = server(context.settings(), "with stored messages", "full");
        try {
            empty.start();
            storeForAll(context, empty, "warm-", PER_NAME, 1); // opens the database
            stores(context, empty);
            STORMS.forEach(names -> storm(context, empty, names));
            list(context, empty);
            empty.stop();
            empty.start();
            full.start();
            int waiting = context.settings().quick() ? 100_000 : 1_000_000;
            context.progress("mailbox: storing %,d messages".formatted(waiting));
            fill(context, full, waiting);
            for (int round = 0; round < context.settings().rounds(); round++) {
                live(context, empty, 0, round);
                live(context, full, waiting, round);
            }
        } finally {
            empty.stop();
            full.stop();
        }
    }

    private static Switchboard server(Settings settings, String name, String folder) {
        Path data;
        try {
            data = Files.createTempDirectory(settings.output(), folder);
        } catch (IOException e) {
            throw new BenchException("no directory for the database", e);
        }
        return Switchboard.bounded(
                settings,
                name,
                List.of(
                        "--switchboard.data.directory=" + data,
                        "--switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)"));
    }

    private static byte[] store(String name) {
        return HttpConnection.request(
                "POST", "/send?ttl=1d&to=" + name, "application/octet-stream", TEXT);
    }

    /** Measures how many messages a second are stored over some connections. */
    private static void stores(ScenarioContext context, Switchboard server) {
        for (int round = 0; round < context.settings().rounds(); round++) {
            for (int connections : CONNECTIONS) {
                context.progress("mailbox: storing over %d connections".formatted(connections));
                Duration time = context.settings().measured();
                long start = System.nanoTime();
                int prefix = round;
                long stored =
                        parallel(
                                connections,
                                at ->
                                        storeFor(
                                                context,
                                                server,
                                                "r%d-c%d-%d".formatted(prefix, connections, at),
                                                time));
                double seconds = (System.nanoTime() - start) / 1e9;
                context.results()
                        .add(
                                Measure.more(
                                        "mailbox.store." + connections,
                                        "POST /send with ttl, %d at a time".formatted(connections),
                                        "/s"),
                                server.name(),
                                stored / seconds);
            }
        }
    }

    private static long storeFor(
            ScenarioContext context, Switchboard server, String name, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        long count = 0;
        try (HttpConnection http = HttpConnection.connect(context.loop(), server)) {
            while (System.nanoTime() - end < 0) {
                byte[] request = store("%s-%d".formatted(name, count / PER_NAME));
                http.exchange(request).expect(server.name(), 202);
                count++;
            }
        }
        return count;
    }

    /** Stores a message for each of many names, and measures how fast all of them get it. */
    private static void storm(ScenarioContext context, Switchboard server, int names) {
        for (int round = 0; round < context.settings().rounds(); round++) {
            context.progress("mailbox: %,d peers come back".formatted(names));
            storeForAll(context, server, "name-", names, 1);
            long nanos = ReconnectStorm.run(server, names, TEXT.length() + 1);
            context.awaitPeers(server, 0);
            context.results()
                    .add(
                            Measure.more(
                                    "mailbox.storm." + names,
                                    "stored messages to %,d peers that come back".formatted(names),
                                    "/s"),
                            server.name(),
                            names / (nanos / 1e9));
        }
    }

    /** Stores messages for names from 0, a thousand with each request. */
    private static void storeForAll(
            ScenarioContext context, Switchboard server, String prefix, int names, int each) {
        try (HttpConnection http = HttpConnection.connect(context.loop(), server)) {
            for (int from = 0; from < names; from += PER_NAME) {
                String to =
                        IntStream.range(from, Math.min(names, from + PER_NAME))
                                .mapToObj(at -> "\"" + prefix + at + "\"")
                                .collect(Collectors.joining(","));
                byte[] request =
                        HttpConnection.request(
                                "POST",
                                "/send",
                                "application/json",
                                "{\"to\":[%s],\"ttl\":\"1d\",\"text\":\"%s\"}".formatted(to, TEXT));
                for (int at = 0; at < each; at++) {
                    http.exchange(request).expect(server.name(), 202);
                }
            }
        }
    }

    private static void fill(ScenarioContext context, Switchboard server, int messages) {
        storeForAll(context, server, "away-", PER_NAME, messages / PER_NAME);
    }

    /** Measures the list of a mailbox with as many messages as it may have. */
    private static void list(ScenarioContext context, Switchboard server) {
        context.progress("mailbox: GET of %,d messages".formatted(PER_NAME));
        try (HttpConnection http = HttpConnection.connect(context.loop(), server)) {
            for (int at = 0; at < PER_NAME; at++) {
                http.exchange(store("listed")).expect(server.name(), 202);
            }
            byte[] request = HttpConnection.get("/mailboxes/listed?limit=1000");
            for (int round = 0; round < context.settings().rounds(); round++) {
                long start = System.nanoTime();
                long time = context.settings().measured().toNanos();
                long count = 0;
                while (System.nanoTime() - start < time) {
                    http.exchange(request).expect(server.name(), 200);
                    count++;
                }
                context.results()
                        .add(
                                Measure.less("mailbox.list", "GET of a mailbox of 1,000", "ms"),
                                server.name(),
                                (System.nanoTime() - start) / 1e6 / count);
            }
        }
    }

    private static void live(ScenarioContext context, Switchboard server, int waiting, int round) {
        context.progress("mailbox: live sends, " + server.name());
        try (Peers peers = context.connect(server, PEERS, PEERS)) {
            List<String> ids = ids(context, server, peers);
            if (round == 0) {
                var _ = live(context, server, peers, ids, context.settings().warmUp());
            }
            ClosedLoop.Result run =
                    live(context, server, peers, ids, context.settings().measured());
            context.results()
                    .add(
                            Measure.more(
                                    "mailbox.live." + waiting,
                                    "POST /send without ttl while %,d messages wait"
                                            .formatted(waiting),
                                    "/s"),
                            Switchboard.NAME,
                            run.messagesPerSecond());
        }
        context.awaitPeers(server, 0);
    }

    private static List<String> ids(ScenarioContext context, Switchboard server, Peers peers) {
        try {
            return context.ids(server, peers);
        } catch (IOException e) {
            throw new BenchException("the peers cannot be listed", e);
        }
    }

    private static ClosedLoop.Result live(
            ScenarioContext context,
            Switchboard server,
            Peers peers,
            List<String> ids,
            Duration time) {
        try (Senders senders = Senders.toOneEach(context.loop(), server, peers, ids, 16)) {
            return ClosedLoop.toOne(context.loop(), peers, senders, time);
        }
    }

    /** Something that each of several threads does; returns how often. */
    private interface Work {
        long run(int thread);
    }

    private static long parallel(int count, Work work) {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<Future<Long>> results =
                    IntStream.range(0, count)
                            .mapToObj(at -> threads.submit(() -> work.run(at)))
                            .toList();
            long sum = 0;
            for (Future<Long> each : results) {
                sum += each.get();
            }
            return sum;
        } catch (ExecutionException e) {
            throw new BenchException("a sender failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        }
    }
}
