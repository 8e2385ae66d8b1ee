package io.switchboard.testkit;

import java.util.Map;
import java.util.TreeMap;

/** Counts how often the inputs of a fuzz target have reached each of its cases. */
public final class Reached {
    private final Map<String, Long> counts = new TreeMap<>();

    /**
     * @param cases the names of all cases that must be reached
     */
    public Reached(Iterable<String> cases) {
        cases.forEach(each -> counts.put(each, 0L));
    }

    /** Adds to the count of a known case. */
    public void add(String name, long count) {
        if (counts.computeIfPresent(name, (_, before) -> before + count) == null) {
            throw new IllegalArgumentException("unknown case " + name);
        }
    }

    public Map<String, Long> counts() {
        return counts;
    }
}
