package io.switchboard.bench;

/** A group of measurements that {@code -Dbench.only} selects by name. */
public interface Scenario {
    /** Returns the name for {@code -Dbench.only}. */
    String name();

    /**
     * Returns whether this scenario measures the contestants that all scenarios share. A scenario
     * that starts its own servers returns false.
     */
    default boolean needsContestants() {
        return true;
    }

    /** Returns whether this scenario starts Switchboard from an AOT image. */
    default boolean needsImages() {
        return false;
    }

    void run(ScenarioContext context);
}
