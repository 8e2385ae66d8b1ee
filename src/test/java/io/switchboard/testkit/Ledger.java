package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;

/**
 * Records every delivery to every peer as one entry, and checks that four sources agree on its
 * result: the HTTP response, the events, the counters, and the bytes that the peer received.
 */
public final class Ledger {
    /** The first byte of a message sent with wait=reply. */
    static final byte REQUEST = '?';

    private static final List<String> WAITS = List.of("queued", "written", "acked", "reply");

    /**
     * The maximum number of bytes that may be written after the final counters of a peer were read.
     */
    private static final long IN_FLIGHT = 256 * 1024;

    /** Failure reasons with which no byte was or will be sent, whatever the wait. */
    private static final Set<String> UNSENT =
            Set.of("outbox_full", "memory_full", "draining", "closed", "busy");

    /**
     * One delivery to one peer.
     *
     * @param until the value of wait
     * @param text the message including framing
     * @param reason the reason of a failure; empty otherwise
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

        /**
         * Returns whether the message was possibly not sent: a request can fail before it is
         * queued.
         */
        boolean perhapsUnsent() {
            return failed() && until.equals("reply") && !reason.equals("no_reply");
        }

        /** Returns whether the HTTP response and the failure events agree. */
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

    /** The reasons of send-failed events, by delivery and peer. */
    private final Map<String, List<String>> failures = new HashMap<>();

    /** Sends one message to all peers and records the response. Uses the values of wait in turn. */
    public int post(Api api, String sender, int number, int size) {
        String until = WAITS.get(number % WAITS.size());
        String text =
                "%s%s %d %s\n"
                        .formatted(
                                until.equals("reply") ? (char) REQUEST : '!',
                                sender,
                                number,
                                "x".repeat(size));
        String path = "/send?to=all&results=all&timeout=100ms&wait=" + until;
        Api.Answer answer = api.post(path, text.substring(0, text.length() - 1).getBytes(UTF_8));
        assertThat(answer.status()).as(answer.body()).isIn(200, 202, 207);
        JsonNode report = answer.json();
        int matched = report.get("matched").asInt();
        int results = 0;
        for (String status : List.of("queued", "written", "acked", "replied", "failed")) {
            results += report.get(status).asInt();
        }
        assertThat(results).as(answer.body()).isEqualTo(matched);
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

    /** Records an event of type {@code send-failed}. */
    public void failed(JsonNode event) {
        String key = key(event.get("delivery").asString(), event.get("peer").get("id").asString());
        failures.computeIfAbsent(key, _ -> new ArrayList<>()).add(event.get("reason").asString());
    }

    private static String key(String delivery, String peer) {
        return delivery + " to " + peer;
    }

    private List<String> failures(Entry entry) {
        return failures.getOrDefault(key(entry.delivery(), entry.peer()), List.of());
    }

    /** Returns the number of deliveries with this status in their response. */
    public long ended(String status) {
        return entries.stream().filter(entry -> entry.status().equals(status)).count();
    }

    /** Returns the number of deliveries with this failure reason in their response. */
    public long failedFor(String reason) {
        return entries.stream().filter(entry -> entry.reason().equals(reason)).count();
    }

    /** Returns the number of failure events. */
    public int failures() {
        return failures.values().stream().mapToInt(List::size).sum();
    }

    /** Checks by the counters that every message offered to an outbox has a result. */
    public void assertAllEnded(ListenerCounters counters) {
        long requests =
                get(counters, ListenerMetric.ANSWERED_MESSAGES, ListenerMetric.UNANSWERED_MESSAGES);
        long others = entries.stream().filter(entry -> !entry.until().equals("reply")).count();
        assertThat(
                        get(
                                counters,
                                ListenerMetric.SENT_MESSAGES,
                                ListenerMetric.FAILED_MESSAGES,
                                ListenerMetric.REFUSED_MESSAGES))
                .as("sent, failed and refused")
                .isEqualTo(others + requests);
    }

    /** Checks that responses, events and counters agree. */
    public void assertConsistent(ListenerCounters counters) {
        Set<String> known = new HashSet<>();
        for (Entry entry : entries) {
            assertThat(known.add(key(entry.delivery(), entry.peer()))).as("%s", entry).isTrue();
            assertThat(entry.agreesWith(failures(entry)))
                    .as("%s and its events %s", entry, failures(entry))
                    .isTrue();
        }
        assertThat(known).containsAll(failures.keySet());
        assertThat(ended("replied")).isEqualTo(get(counters, ListenerMetric.ANSWERED_MESSAGES));
        long outboxes =
                entries.stream()
                        .filter(entry -> !entry.until().equals("acked"))
                        .mapToLong(entry -> failures(entry).size())
                        .sum();
        // a delivery with wait=acked can fail after it was written
        assertThat(get(counters, ListenerMetric.FAILED_MESSAGES))
                .isBetween(outboxes, (long) failures());
    }

    /** Checks that the peer received what the responses say, in order, byte for byte. */
    public void assertReceived(LedgerPeer peer, long sentBytes) {
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
            assertThat(due).as("%s received by %s", line, peer.id()).isNotEmpty();
            assertThat(line).as("received by %s", peer.id()).isEqualTo(due.removeFirst().text());
        }
        if (peer.harmless()) {
            assertThat(rest).as("the incomplete line at %s", peer.id()).isEmpty();
            assertThat((long) peer.bytes()).as("bytes at %s", peer.id()).isEqualTo(sentBytes);
            for (List<Entry> due : bySender.values()) {
                assertThat(due)
                        .as("not received by %s", peer.id())
                        .allMatch(entry -> entry.perhapsUnsent() || !failures(entry).isEmpty());
            }
        } else {
            assertThat((long) peer.bytes())
                    .as("bytes at %s", peer.id())
                    .isLessThanOrEqualTo(sentBytes + IN_FLIGHT);
            assertThat(rest.isEmpty() || begins(rest, bySender)).as(rest).isTrue();
        }
    }

    private static boolean begins(String rest, Map<String, List<Entry>> bySender) {
        return bySender.values().stream()
                .flatMap(List::stream)
                .anyMatch(entry -> entry.text().startsWith(rest));
    }

    private static long get(ListenerCounters counters, ListenerMetric... counts) {
        long sum = 0;
        for (ListenerMetric count : counts) {
            sum += counters.get(count);
        }
        return sum;
    }
}
