package io.switchboard.bench.attack;

import java.util.Locale;

/** The attacks of the scenario {@code hostile}, in the order in which they run. */
public enum Attack {
    /** The probe alone, for comparison. */
    NONE("no attack", Setup.PLAIN, true),
    FRAMES_3000("3,000 unfinished frames of 65.5 KB", Setup.PLAIN, true),
    FRAMES_10000("10,000 unfinished frames of 65.5 KB", Setup.PLAIN, true),
    HTTP_BYTE("8,192 HTTP connections that send one byte", Setup.PLAIN, true),
    BODIES("400 announced bodies of 1 MiB", Setup.PLAIN, true),
    BACKTRACKING("frames of 1,016 B against `identify.pattern`", Setup.PATTERN, false),
    TLS_HELLO("ClientHello and close, 1,500/s", Setup.TLS, false),
    TLS_HELLO_FAST("ClientHello and close, 3,800/s", Setup.TLS, false),
    TLS_KEY_UPDATES("10 TLS 1.3 peers, key updates", Setup.TLS, false),
    TLS_RENEGOTIATIONS("10 TLS 1.2 peers, renegotiations", Setup.TLS, false),
    EMPTY_LINES_30("30 peers, 64 KB of newlines a write", Setup.PLAIN, true),
    EMPTY_LINES_300("300 peers, 64 KB of newlines once", Setup.PLAIN, true),
    CONNECTS("70,000 connects in 7 s", Setup.PLAIN, true),
    CONNECTS_60K("84,000 connects with 60 KB in 10 s", Setup.PLAIN, true),
    SUBSCRIBERS("1,000 subscribers that do not read", Setup.PLAIN, false),
    PATHS("300 of them at `/events;x`, `//events`, `/%65vents`", Setup.PLAIN, false),
    CALLERS_100("100 callers with `wait=reply`", Setup.PLAIN, true),
    CALLERS_1000("1,000 callers with `wait=reply`", Setup.PLAIN, true),
    CALLERS_5000("5,000 callers with `wait=reply`", Setup.PLAIN, true),
    REQUESTS_50("50 connections, one HTTP request after the other", Setup.PLAIN, false),
    PIPELINES_12("12 connections that pipeline HTTP requests", Setup.PLAIN, false),
    DESCRIPTORS("400 HTTP connections at `ulimit -n 300`", Setup.FEW_DESCRIPTORS, false),
    UDP("datagrams, each of another address", Setup.UDP, false);

    private final String title;
    private final Setup setup;
    private final boolean appliesToNode;

    Attack(String title, Setup setup, boolean appliesToNode) {
        this.title = title;
        this.setup = setup;
        this.appliesToNode = appliesToNode;
    }

    /** Returns the name for {@code -Dbench.attacks} and the keys of measures. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String title() {
        return title;
    }

    public Setup setup() {
        return setup;
    }

    /** Returns whether a plain socket server with an HTTP side can be attacked in the same way. */
    public boolean appliesToNode() {
        return appliesToNode;
    }
}
