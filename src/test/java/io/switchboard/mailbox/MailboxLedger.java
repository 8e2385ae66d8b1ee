package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Api.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * What was stored for each name and what peers with that name received, and whether both agree.
 * Thread-safe.
 */
final class MailboxLedger {
    /** What may become of a message. */
    enum Kind {
        /** Its ttl is long: it must arrive. */
        LASTING,
        /** Its ttl is short: it may expire. */
        SHORT,
        /** It is cancelled after it was stored, perhaps too late. */
        CANCELLED
    }

    private record Entry(String id, int number, Kind kind) {}

    private final Map<String, Queue<Entry>> stored = new ConcurrentHashMap<>();
    private final Map<String, Queue<Integer>> received = new ConcurrentHashMap<>();
    private final AtomicInteger messages = new AtomicInteger();

    /** Records that the service answered that a message is stored or sent. */
    void stored(String name, String id, int number, Kind kind) {
        stored.computeIfAbsent(name, _ -> new ConcurrentLinkedQueue<>())
                .add(new Entry(id, number, kind));
        messages.incrementAndGet();
    }

    /** Records a whole message, in the order in which the peers of a name received them. */
    void received(String name, int number) {
        received.computeIfAbsent(name, _ -> new ConcurrentLinkedQueue<>()).add(number);
    }

    int messages() {
        return messages.get();
    }

    /** Checks each message and the order of each name; returns how many ended in which state. */
    Map<String, Integer> check(Api api) {
        Map<String, Integer> states = new HashMap<>();
        List<String> faults = new ArrayList<>();
        int repeats = 0;
        for (Map.Entry<String, Queue<Entry>> each : stored.entrySet()) {
            Map<Integer, Integer> copies = copies(each.getKey(), faults);
            for (Entry entry : each.getValue()) {
                int seen = copies.getOrDefault(entry.number(), 0);
                repeats += Math.max(0, seen - 1);
                check(api, each.getKey(), entry, seen, faults, states);
            }
        }
        assertThat(faults).as("of %s, %d repeats", states, repeats).isEmpty();
        states.put("repeats", repeats);
        return states;
    }

    /** Returns how often each message arrived; one that was sent was at the head until its end. */
    private Map<Integer, Integer> copies(String name, List<String> faults) {
        Map<Integer, Integer> copies = new HashMap<>();
        int last = -1;
        for (int number : received.getOrDefault(name, new ConcurrentLinkedQueue<>())) {
            if (number < last) {
                faults.add("%s received %d after %d".formatted(name, number, last));
            }
            last = number;
            copies.merge(number, 1, Integer::sum);
        }
        return copies;
    }

    private static void check(
            Api api,
            String name,
            Entry entry,
            int seen,
            List<String> faults,
            Map<String, Integer> states) {
        Answer answer = api.get("/messages/" + entry.id());
        assertThat(answer.status()).as("%s of %s: %s", entry, name, answer.body()).isEqualTo(200);
        JsonNode message = answer.json();
        String status = message.path("status").asString();
        states.merge(status, 1, Integer::sum);
        boolean right =
                switch (status) {
                    case "acked" -> seen > 0 && seen <= message.path("attempts").asInt();
                    case "expired" ->
                            entry.kind() == Kind.SHORT && seen <= message.path("attempts").asInt();
                    // one whose connection ended is stored again and can then be cancelled
                    case "cancelled" ->
                            entry.kind() == Kind.CANCELLED
                                    && seen <= message.path("attempts").asInt();
                    default -> false;
                };
        if (!right) {
            faults.add(
                    "%s of %s is %s after %s attempts, arrived %d times"
                            .formatted(
                                    entry, name, status, message.path("attempts").asInt(), seen));
        }
    }
}
