package io.switchboard.bench.attack;

/** What an attack needs of the server in addition to one plain listener and the HTTP API. */
public enum Setup {
    /** Nothing. */
    PLAIN,
    /** A TLS listener. */
    TLS,
    /** A plain listener with {@code identify.pattern} of {@link #PATTERN_TEXT}. */
    PATTERN,
    /** A UDP listener. */
    UDP,
    /** No additional listener, and at most {@link #DESCRIPTOR_LIMIT} descriptors. */
    FEW_DESCRIPTORS;

    /**
     * Takes the JDK's engine minutes for 1,016 times {@code a}, in the order of the fourth power of
     * the length; RE2/J accepts it as well.
     */
    public static final String PATTERN_TEXT = "^(?<name>a*a*a*a*)!$";

    /** The limit of {@link #FEW_DESCRIPTORS}. */
    public static final int DESCRIPTOR_LIMIT = 300;
}
