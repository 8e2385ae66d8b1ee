package io.switchboard.peer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What carries a peer's bytes. */
public enum Transport {
    TCP("SOCK_STREAM"),
    /** TCP, and TLS on it. */
    TLS("SOCK_STREAM"),
    UDP("SOCK_DGRAM"),
    /** A stream within this machine. */
    UNIX("SOCK_STREAM");

    private final String word = name().toLowerCase(Locale.ROOT);
    private final String type;

    Transport(String type) {
        this.type = type;
    }

    /** The word for it in the API, and but for {@code tls} in configuration. */
    public String word() {
        return word;
    }

    /** The socket type, as socket(2) calls it. */
    public String type() {
        return type;
    }

    /** Whether its sockets are TCP's, with all that the kernel tells of those. */
    public boolean isTcp() {
        return this == TCP || this == TLS;
    }

    /** Returns the transport of this word; the exception for any other lists the known ones. */
    public static Transport of(String word) {
        for (Transport transport : values()) {
            if (transport.word.equals(word)) {
                return transport;
            }
        }
        throw new IllegalArgumentException(
                "unknown transport '%s': known are %s%s"
                        .formatted(
                                word,
                                Arrays.stream(values())
                                        .map(Transport::word)
                                        .collect(Collectors.joining(", ")),
                                word.startsWith("unix")
                                        ? "; of unix the JDK has streams only"
                                        : ""));
    }
}
