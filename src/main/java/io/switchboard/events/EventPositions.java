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
import org.jspecify.annotations.Nullable;

/**
 * How far a subscriber has been told the events of each node: what its {@code id} says, as {@code
 * <boot>:<seq>} of each, joined by {@code _}. Used by one thread.
 */
final class EventPositions {
    /**
     * Of a node that is stopping and has told everything: it is not asked again, nor missed.
     * Greater than any event's number.
     */
    static final long END = 999_999_999_999_999_999L;

    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final SortedMap<String, Long> byNode;

    /**
     * @param byNode numbers of events, by the nodes' ids
     */
    EventPositions(SortedMap<String, Long> byNode) {
        this.byNode = new TreeMap<>(byNode);
    }

    /** What this id says; nothing where it is none. */
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

    /** The nodes that have one. */
    Set<String> nodes() {
        return Set.copyOf(byNode.keySet());
    }

    @Nullable Long get(String node) {
        return byNode.get(node);
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
        return spell(byNode);
    }

    /** The lines with the id, for events of this node; the others stay where they are. */
    LongFunction<byte[]> lines(String node) {
        String before = spell(byNode.headMap(node));
        String after = spell(byNode.tailMap(node + "\0"));
        String head = "id: " + before + (before.isEmpty() ? "" : "_") + node + ":";
        String tail = (after.isEmpty() ? "" : "_") + after + "\n";
        return seq -> (head + seq + tail).getBytes(UTF_8);
    }

    private static String spell(SortedMap<String, Long> positions) {
        return positions.entrySet().stream()
                .map(each -> each.getKey() + ":" + each.getValue())
                .collect(Collectors.joining("_"));
    }
}
