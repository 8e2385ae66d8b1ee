package io.switchboard.peer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The transport protocol of a listener. */
public enum Transport {
    TCP("SOCK_STREAM"),
    /** TLS over TCP. */
    TLS("SOCK_STREAM"),
    UDP("SOCK_DGRAM"),
    /** A Unix-domain stream socket. */
    UNIX("SOCK_STREAM");

    private final String word = name().toLowerCase(Locale.ROOT);
    private final String type;

    Transport(String type) {
        this.type = type;
    }

    /** Returns the name in the API and, except for {@code tls}, in the configuration. */
    public String word() {
        return word;
    }

    /** Returns the name of the socket type in socket(2). */
    public String type() {
        return type;
    }

    /** Returns whether the sockets are TCP sockets, for which the kernel reports tcp(7) data. */
    public boolean isTcp() {
        return this == TCP || this == TLS;
    }

    /**
     * Returns the transport with this name.
     *
     * @throws IllegalArgumentException the name is unknown; the message lists the known ones
     */
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
                                        ? "; for unix, the JDK supports stream sockets only"
                                        : ""));
    }
}
