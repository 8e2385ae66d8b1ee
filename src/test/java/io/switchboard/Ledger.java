package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.Count;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;

/**
 * What was asked for and what became of it, told by the answers, the events, the counters and the
 * peers themselves: each delivery to each peer is one entry, and all four must agree on it.
 */
final class Ledger {
    /** The first byte of what asks for a reply. */
    static final byte QUESTION = '?';

    private static final List<String> WAITS = List.of("queued", "written", "acked", "reply");

    /** What a thread may be writing while the last facts of a peer are taken. */
    private static final long UNDER_WAY = 256 * 1024;

    /** Reasons with which no byte was or will be sent, whatever asked. */
    private static final Set<String> UNSENT =
            Set.of("outbox_full", "memory_full", "draining", "closed", "busy");

    /**
     * One delivery to one peer.
     *
     * @param text framing included
     * @param reason empty but for a failed one
     */
    private record Entry(
            String delivery,
            String peer,
            String sender,
            String until,
            String text,
            String status,
            String reason) {

        boolean failed() {
            return status.equals("failed");
        }

        boolean unsent() {
            return failed() && UNSENT.contains(reason);
        }

        /** A question may fail with its peer before it is put. */
        boolean perhapsUnsent() {
            return failed() && until.equals("reply") && !reason.equals("no_reply");
        }

        /** By the answer alone: how often an event must tell that it failed. */
        boolean agreesWith(List<String> events) {
            if (events.isEmpty()) {
                return !failed() || unsent() || until.equals("reply");
            }
            return events.size() == 1
                    && (status.equals("queued")
                            || (failed()
                                    && !unsent()
                                    && (reason.equals("no_reply")
                                            || events.getFirst().equals(reason))));
        }
    }

    private final ConcurrentLinkedQueue<Entry> entries = new ConcurrentLinkedQueue<>();

    /** Why a delivery's event says that it failed, by delivery and peer. */
    private final Map<String, List<String>> failures = new HashMap<>();

    /** Sends one message to all and notes the answer; each sender waits in each way in turn. */
    int post(Api api, String sender, int number, int size) {
        String until = WAITS.get(number % WAITS.size());
        String text =
                "%s%s %d %s\n"
                        .formatted(
                                until.equals("reply") ? (char) QUESTION : '!',
                                sender,
                                number,
                                "x".repeat(size));
        String path = "/send?to=all&results=all&timeout=100ms&wait=" + until;
        Api.Answer answer = api.post(path, text.substring(0, text.length() - 1).getBytes(UTF_8));
        assertThat(answer.status()).as(answer.body()).isIn(200, 202, 207);
        JsonNode report = answer.json();
        int matched = report.get("matched").asInt();
        int ends = 0;
        for (String end : List.of("queued", "written", "acked", "replied", "failed")) {
            ends += report.get(end).asInt();
        }
        assertThat(ends).as(answer.body()).isEqualTo(matched);
        assertThat(report.get("results").size()).isEqualTo(matched);
        for (JsonNode result : report.get("results")) {
            entries.add(
                    new Entry(
                            report.get("id").asString(),
                            result.get("peer").asString(),
                            sender,
                            until,
                            text,
                            result.get("status").asString(),
                            result.has("reason") ? result.get("reason").asString() : ""));
        }
        return matched;
    }

    /** Notes an event of type {@code send-failed}. */
    void failed(JsonNode event) {
        String key = key(event.get("delivery").asString(), event.get("peer").get("id").asString());
        failures.computeIfAbsent(key, _ -> new ArrayList<>()).add(event.get("reason").asString());
    }

    private static String key(String delivery, String peer) {
        return delivery + " to " + peer;
    }

    private List<String> failures(Entry entry) {
        return failures.getOrDefault(key(entry.delivery(), entry.peer()), List.of());
    }

    /** How many entries say this of themselves. */
    long ended(String status) {
        return entries.stream().filter(entry -> entry.status().equals(status)).count();
    }

    /** How many failed for this reason, by their answers. */
    long endedFor(String reason) {
        return entries.stream().filter(entry -> entry.reason().equals(reason)).count();
    }

    /** How many events told of a failure. */
    int failures() {
        return failures.values().stream().mapToInt(List::size).sum();
    }

    /** Whether everything that was offered to an outbox has ended, by the counters. */
    void assertAllEnded(ListenerCounters counters) {
        long asked = get(counters, Count.ANSWERED_MESSAGES, Count.UNANSWERED_MESSAGES);
        long told = entries.stream().filter(entry -> !entry.until().equals("reply")).count();
        assertThat(
                        get(
                                counters,
                                Count.SENT_MESSAGES,
                                Count.FAILED_MESSAGES,
                                Count.REFUSED_MESSAGES))
                .as("sent, failed and refused")
                .isEqualTo(told + asked);
    }

    /** Whether answers, events and counters tell the same. */
    void assertTold(ListenerCounters counters) {
        Set<String> known = new HashSet<>();
        for (Entry entry : entries) {
            assertThat(known.add(key(entry.delivery(), entry.peer()))).as("%s", entry).isTrue();
            assertThat(entry.agreesWith(failures(entry)))
                    .as("%s and its events %s", entry, failures(entry))
                    .isTrue();
        }
        assertThat(known).containsAll(failures.keySet());
        assertThat(ended("replied")).isEqualTo(get(counters, Count.ANSWERED_MESSAGES));
        long outboxes =
                entries.stream()
                        .filter(entry -> !entry.until().equals("acked"))
                        .mapToLong(entry -> failures(entry).size())
                        .sum();
        // one that waits for acks fails also when it was written
        assertThat(get(counters, Count.FAILED_MESSAGES)).isBetween(outboxes, (long) failures());
    }

    /** Whether what came is what was told, in order, byte for byte. */
    void assertReceived(LedgerPeer peer, long sentBytes) {
        Map<String, List<Entry>> bySender = new HashMap<>();
        for (Entry entry : entries) {
            if (entry.peer().equals(peer.id()) && !entry.unsent()) {
                bySender.computeIfAbsent(entry.sender(), _ -> new ArrayList<>()).add(entry);
            }
        }
        List<String> lines = peer.lines();
        String rest = lines.removeLast();
        for (String line : lines) {
            String sender = line.substring(1, line.indexOf(' '));
            List<Entry> due = bySender.getOrDefault(sender, List.of());
            while (!due.isEmpty()
                    && due.getFirst().perhapsUnsent()
                    && !due.getFirst().text().equals(line)) {
                due.removeFirst();
            }
            assertThat(due).as("%s came to %s", line, peer.id()).isNotEmpty();
            assertThat(line).as("what came to %s", peer.id()).isEqualTo(due.removeFirst().text());
        }
        if (peer.harmless()) {
            assertThat(rest).as("the rest at %s", peer.id()).isEmpty();
            assertThat((long) peer.bytes()).as("bytes at %s", peer.id()).isEqualTo(sentBytes);
            for (List<Entry> due : bySender.values()) {
                assertThat(due)
                        .as("what did not come to %s", peer.id())
                        .allMatch(entry -> entry.perhapsUnsent() || !failures(entry).isEmpty());
            }
        } else {
            assertThat((long) peer.bytes())
                    .as("bytes at %s", peer.id())
                    .isLessThanOrEqualTo(sentBytes + UNDER_WAY);
            assertThat(rest.isEmpty() || begins(rest, bySender)).as(rest).isTrue();
        }
    }

    private static boolean begins(String rest, Map<String, List<Entry>> bySender) {
        return bySender.values().stream()
                .flatMap(List::stream)
                .anyMatch(entry -> entry.text().startsWith(rest));
    }

    private static long get(ListenerCounters counters, Count... counts) {
        long sum = 0;
        for (Count count : counts) {
            sum += counters.get(count);
        }
        return sum;
    }
}
