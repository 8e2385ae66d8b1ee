package io.switchboard;

import java.util.Map;
import java.util.TreeMap;

/** Counts the cases that inputs have reached. */
public final class Reached {
    private final Map<String, Long> counts = new TreeMap<>();

    /**
     * @param cases all that have to be reached
     */
    public Reached(Iterable<String> cases) {
        cases.forEach(each -> counts.put(each, 0L));
    }

    /** Counts so many more of a known case. */
    public void add(String reached, long more) {
        if (counts.computeIfPresent(reached, (_, before) -> before + more) == null) {
            throw new IllegalArgumentException("nobody said that there is a case " + reached);
        }
    }

    public Map<String, Long> counts() {
        return counts;
    }
}
