package io.switchboard.bench;

import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.ResponseJson;
import io.switchboard.bench.load.EventLoop;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.Peer;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Results;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a scenario needs: the settings, the started contestants, the event loop of the load
 * generator and the results. Only the main thread uses it.
 */
public final class ScenarioContext {
    /** The part of a round in which one contestant is measured. */
    public interface Turn {
        /**
         * Measures the contestant.
         *
         * @param first whether this is the contestant's first turn, which has to warm it up
         */
        void run(Contestant contestant, boolean first) throws IOException;
    }

    private static final Duration PEERS_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration BETWEEN_TURNS = Duration.ofMillis(300);

    private final Settings settings;
    private final EventLoop loop;
    private final List<Contestant> contestants;
    private final Results results;
    private final long startedAt = System.nanoTime();

    ScenarioContext(
            Settings settings, EventLoop loop, List<Contestant> contestants, Results results) {
        this.settings = settings;
        this.loop = loop;
        this.contestants = contestants;
        this.results = results;
    }

    public Settings settings() {
        return settings;
    }

    public EventLoop loop() {
        return loop;
    }

    public Results results() {
        return results;
    }

    public List<Contestant> contestants() {
        return contestants;
    }

    /**
     * Runs {@link Settings#rounds} rounds, in each of which every contestant has one turn. A turn
     * starts only when the contestant of the previous turn has no peers left.
     */
    public void rounds(String title, Turn turn) {
        rounds(title, contestants, turn);
    }

    /** Runs the same rounds with other contestants, which are started. */
    public void rounds(String title, List<? extends Contestant> others, Turn turn) {
        for (int round = 0; round < settings.rounds(); round++) {
            for (Contestant contestant : others) {
                progress("%s, round %d: %s".formatted(title, round + 1, contestant.name()));
                run(turn, contestant, round == 0);
                awaitPeers(contestant, 0);
                Pause.of(BETWEEN_TURNS);
            }
        }
    }

    private static void run(Turn turn, Contestant contestant, boolean first) {
        try {
            turn.run(contestant, first);
        } catch (IOException e) {
            throw new BenchException(contestant.name() + ": " + e, e);
        }
    }

    /** Prints the time since the start of the run, and what is measured now. */
    public void progress(String what) {
        long seconds = Duration.ofNanos(System.nanoTime() - startedAt).toSeconds();
        System.out.printf("%2d:%02d %s%n", seconds / 60, seconds % 60, what);
    }

    /**
     * Connects peers, and returns them when the contestant lists all of them.
     *
     * @param senderCount maximum number of senders whose lines the peers receive
     */
    public Peers connect(Contestant contestant, int count, int senderCount) {
        Peers peers = Peers.connect(loop, contestant, count, senderCount);
        awaitPeers(contestant, count);
        return peers;
    }

    /** Returns when {@code GET /peers} reports exactly {@code count} peers. */
    public void awaitPeers(Contestant contestant, long count) {
        long start = System.nanoTime();
        try (HttpConnection http = HttpConnection.connect(loop, contestant)) {
            long listed = peers(contestant, http);
            while (listed != count) {
                if (System.nanoTime() - start > PEERS_TIMEOUT.toNanos()) {
                    throw new BenchException(
                            "%s has %d peers and should have %d"
                                    .formatted(contestant.name(), listed, count));
                }
                Pause.of(POLL);
                listed = peers(contestant, http);
            }
        }
    }

    private static long peers(Contestant contestant, HttpConnection http) {
        HttpResponse response = http.exchange(HttpConnection.get(contestant, "/peers?limit=1"));
        response.expect(contestant.name(), 200);
        return ResponseJson.number(response.body(), "total");
    }

    /**
     * Returns the ids of {@code peers}, in the same order. The contestant must have no more than
     * 1,000 peers, the length of the page that is read.
     */
    public List<String> ids(Contestant contestant, Peers peers) throws IOException {
        Map<String, String> all = allIds(contestant);
        List<String> ids = new ArrayList<>();
        for (Peer peer : peers.list()) {
            String address =
                    peer.address().getAddress().getHostAddress() + ":" + peer.address().getPort();
            String id = all.get(address);
            if (id == null) {
                throw new BenchException(
                        contestant.name() + " does not list the peer at " + address);
            }
            ids.add(id);
        }
        return ids;
    }

    /** Returns the ids of at most 1,000 peers by the {@code host:port} of the peer. */
    public Map<String, String> allIds(Contestant contestant) {
        try (HttpConnection http = HttpConnection.connect(loop, contestant)) {
            HttpResponse response =
                    http.exchange(HttpConnection.get(contestant, "/peers?limit=1000"));
            response.expect(contestant.name(), 200);
            return ResponseJson.ids(response.body());
        }
    }
}
