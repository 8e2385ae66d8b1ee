package io.switchboard.peer;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What carries a peer's bytes. */
public enum Transport {
    TCP("tcp", "SOCK_STREAM"),
    /** TCP, and TLS on it. */
    TLS("tls", "SOCK_STREAM"),
    UDP("udp", "SOCK_DGRAM"),
    /** A stream within this machine. */
    UNIX("unix", "SOCK_STREAM");

    private final String word;
    private final String type;

    Transport(String word, String type) {
        this.word = word;
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

    /**
     * The transport of this word.
     *
     * @throws IllegalArgumentException for any other; the message lists the known ones
     */
    public static Transport of(String word) {
        for (Transport transport : values()) {
            if (transport.word.equals(word)) {
                return transport;
            }
        }
        String objection =
                "unknown transport '"
                        + word
                        + "': known are "
                        + Arrays.stream(values())
                                .map(Transport::word)
                                .collect(Collectors.joining(", "));
        throw new IllegalArgumentException(
                word.startsWith("unix")
                        ? objection + "; of unix the JDK has streams only"
                        : objection);
    }
}
