package io.switchboard.bench.attack;

/**
 * What an attack achieved.
 *
 * @param text for the table, such as {@code 15,000 connected in 10.0 s}
 * @param answersPerSecond answers to requests with {@code wait=reply}; NaN if the attack sends none
 */
record Outcome(String text, double answersPerSecond) {

    static Outcome of(String text) {
        return new Outcome(text, Double.NaN);
    }
}
