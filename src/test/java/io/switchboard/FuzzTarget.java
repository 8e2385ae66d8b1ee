package io.switchboard;

import java.util.Map;

/** What is to hold for any bytes whatever. Used by one thread. */
public interface FuzzTarget {

    /**
     * Tries these bytes; many times a second.
     *
     * @throws AssertionError a promise is broken; any other exception says the same
     */
    void input(byte[] bytes) throws Exception;

    /** How often each case was reached that has to be, by its name without blanks. */
    Map<String, Long> reached();
}
