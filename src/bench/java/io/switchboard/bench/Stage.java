package io.switchboard.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** What a scenario works with. */
final class Stage {
    /** One contestant's part of a round. */
    interface Turn {
        void take(Contestant contestant, boolean first) throws IOException;
    }

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration BETWEEN_TURNS = Duration.ofMillis(300);

    private final Settings settings;
    private final Loop loop;
    private final List<Contestant> contestants;
    private final Results results;
    private final long startedAt = System.nanoTime();

    Stage(Settings settings, Loop loop, List<Contestant> contestants, Results results) {
        this.settings = settings;
        this.loop = loop;
        this.contestants = contestants;
        this.results = results;
    }

    Settings settings() {
        return settings;
    }

    Loop loop() {
        return loop;
    }

    Results results() {
        return results;
    }

    List<Contestant> contestants() {
        return contestants;
    }

    /**
     * Lets the contestants take turns, as many rounds as are asked for. Between turns everyone's
     * peers are gone.
     */
    void rounds(String title, Turn turn) {
        for (int round = 0; round < settings.rounds(); round++) {
            for (Contestant contestant : contestants) {
                progress("%s, round %d: %s".formatted(title, round + 1, contestant.name()));
                take(turn, contestant, round == 0);
                awaitPeers(contestant, 0);
                pause(BETWEEN_TURNS);
            }
        }
    }

    private static void take(Turn turn, Contestant contestant, boolean first) {
        try {
            turn.take(contestant, first);
        } catch (IOException e) {
            throw new Failed(contestant.name() + ": " + e, e);
        }
    }

    void progress(String what) {
        long seconds = Duration.ofNanos(System.nanoTime() - startedAt).toSeconds();
        System.out.printf("%2d:%02d %s%n", seconds / 60, seconds % 60, what);
    }

    /** An audience of which the contestant has taken note. */
    Audience audience(Contestant contestant, int peers, int senders) {
        Audience audience = Audience.connect(loop, contestant, peers, senders);
        awaitPeers(contestant, peers);
        return audience;
    }

    void awaitPeers(Contestant contestant, long count) {
        long start = System.nanoTime();
        try (Http http = Http.connect(loop, contestant)) {
            long seen = peers(contestant, http);
            while (seen != count) {
                if (System.nanoTime() - start > LONGEST_WAIT.toNanos()) {
                    throw new Failed(
                            "%s has %d peers and should have %d"
                                    .formatted(contestant.name(), seen, count));
                }
                pause(POLL);
                seen = peers(contestant, http);
            }
        }
    }

    private static long peers(Contestant contestant, Http http) {
        HttpAnswer answer = http.exchange(Http.get(contestant, "/peers?limit=1"));
        answer.expect(contestant.name(), 200);
        return Json.number(answer.body(), "total");
    }

    /** The ids of an audience's peers, in its order. For at most as many as one page lists. */
    List<String> ids(Contestant contestant, Audience audience) throws IOException {
        Map<String, String> all = allIds(contestant);
        List<String> ids = new ArrayList<>();
        for (Peer peer : audience.peers()) {
            String address =
                    peer.address().getAddress().getHostAddress() + ":" + peer.address().getPort();
            String id = all.get(address);
            if (id == null) {
                throw new Failed(contestant.name() + " does not list the peer at " + address);
            }
            ids.add(id);
        }
        return ids;
    }

    Map<String, String> allIds(Contestant contestant) {
        try (Http http = Http.connect(loop, contestant)) {
            HttpAnswer answer = http.exchange(Http.get(contestant, "/peers?limit=1000"));
            answer.expect(contestant.name(), 200);
            return Json.ids(answer.body());
        }
    }

    static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
