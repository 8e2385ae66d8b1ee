package io.switchboard.fuzz;

import java.util.Map;

/** Checks invariants that must hold for any input. Used by one thread. */
public interface FuzzTarget {

    /**
     * Runs one input. Jazzer calls it many times per second.
     *
     * @throws AssertionError if an invariant is violated; any other exception is a finding too
     */
    void input(byte[] bytes) throws Exception;

    /** Returns how often each required case was reached, by its name, which contains no blanks. */
    Map<String, Long> reached();
}
