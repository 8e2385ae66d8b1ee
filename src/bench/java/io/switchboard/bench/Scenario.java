package io.switchboard.bench;

/** Something that is measured. */
interface Scenario {
    /** As in {@code -Dbench.only}. */
    String name();

    void run(Stage stage);
}
