package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.PeerId;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The position of a subscriber in the events of each node. Its {@code id}, from which a client
 * resumes, joins {@code <node id>:<seq>} of each node by {@code _}. Used by one thread.
 */
final class EventPositions {
    /**
     * The position in a node that is stopping and has returned all its events: the node receives no
     * more requests, and its leaving causes no gap. Greater than the number of any event.
     */
    static final long END = 999_999_999_999_999_999L;

    static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final SortedMap<String, Long> byNode;

    EventPositions(SortedMap<String, Long> byNode) {
        this.byNode = new TreeMap<>(byNode);
    }

    /** Returns the position in each node, or an empty result if the text is not an id. */
    static Optional<SortedMap<String, Long>> parse(String id) {
        SortedMap<String, Long> byNode = new TreeMap<>();
        for (String each : id.split("_", -1)) {
            int colon = each.indexOf(':');
            String node = each.substring(0, Math.max(colon, 0));
            String number = each.substring(colon + 1);
            if (PeerId.parse(node + "-1").isEmpty()
                    || !NUMBER.matcher(number).matches()
                    || byNode.put(node, Long.valueOf(number)) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(byNode);
    }

    Set<String> nodes() {
        return Set.copyOf(byNode.keySet());
    }

    long getOrDefault(String node, long absent) {
        return byNode.getOrDefault(node, absent);
    }

    void set(String node, long seq) {
        byNode.put(node, seq);
    }

    boolean atEnd(String node) {
        return Long.valueOf(END).equals(byNode.get(node));
    }

    void remove(String node) {
        byNode.remove(node);
    }

    String id() {
        return format(byNode);
    }

    /**
     * Returns a function from the number of an event of this node to the event's id line. The line
     * has the current positions in the other nodes.
     */
    LongFunction<byte[]> idLines(String node) {
        String before = format(byNode.headMap(node));
        String after = format(byNode.tailMap(node + "\0"));
        String head = "id: " + before + (before.isEmpty() ? "" : "_") + node + ":";
        String tail = (after.isEmpty() ? "" : "_") + after + "\n";
        return seq -> (head + seq + tail).getBytes(UTF_8);
    }

    private static String format(SortedMap<String, Long> positions) {
        return positions.entrySet().stream()
                .map(each -> each.getKey() + ":" + each.getValue())
                .collect(Collectors.joining("_"));
    }
}
