package io.switchboard.bench;

/** Something that is measured. */
interface Scenario {
    /** As in {@code -Dbench.only}. */
    String name();

    /** Whether it measures those that all scenarios share, rather than servers of its own. */
    default boolean needsContestants() {
        return true;
    }

    void run(Stage stage);
}
